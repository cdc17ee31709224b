#include "cli/output_path.h"

#include <algorithm>
#include <string_view>

#include "base/content_kind.h"
#include "base/file.h"

namespace pno::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeadBytes = 1024;

bool is_of_kind(const fs::path& path, FileKind kind) {
  const auto file = MappedFile::open(path);
  if (!file || file->bytes().empty()) return true;  // writing succeeds, or reports the reason
  const std::string_view content(reinterpret_cast<const char*>(file->bytes().data()),
                                 file->bytes().size());
  switch (kind) {
    case FileKind::midi:
      return content_kind(file->bytes()) == ContentKind::midi;
    case FileKind::json:
      return content.starts_with('{');
    case FileKind::text:
      return content.find('\0') == std::string_view::npos;
    case FileKind::picture:
      return content.starts_with("\x89PNG") ||
             content.substr(0, kHeadBytes).find("<svg") != std::string_view::npos;
    case FileKind::sound:
      return content.starts_with("RIFF") || content.starts_with("fLaC");
    case FileKind::dataset:
      return content_kind(file->bytes()) == ContentKind::dataset;
    case FileKind::model:
      break;
  }
  return content_kind(file->bytes()) == ContentKind::model;
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::midi:
      return "MIDI file";
    case FileKind::dataset:
      return "dataset";
    case FileKind::model:
      return "model";
    case FileKind::json:
      return "JSON file";
    case FileKind::picture:
      return "PNG or SVG picture";
    case FileKind::sound:
      return "WAV or FLAC file";
    case FileKind::text:
      break;
  }
  return "text file";
}

}  // namespace

Expected<void> check_output(const fs::path& output, FileKind kind,
                            const std::vector<fs::path>& inputs) {
  if (output.empty()) return fail_usage("the file to write has an empty name");
  std::error_code ignored;
  if (!output.has_filename() || fs::is_directory(output, ignored)) {
    return fail_usage("{}: is a folder; name a file to write", output.string());
  }
  if (!fs::is_regular_file(output, ignored)) return {};
  const auto is_output = [&](const fs::path& input) {
    return fs::equivalent(input, output, ignored);
  };
  if (std::any_of(inputs.begin(), inputs.end(), is_output)) {
    return fail_usage("{}: is read and would be overwritten; name another file to write",
                      output.string());
  }
  if (!is_of_kind(output, kind)) {
    return fail_usage("{}: exists and is not a {}; name another file to write, or remove it",
                      output.string(), name_of(kind));
  }
  return {};
}

}  // namespace pno::cli
