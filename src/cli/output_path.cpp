#include "cli/output_path.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/content_kind.h"
#include "base/file.h"
#include "base/standard_streams.h"

namespace pno::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeadBytes = 1024;

bool has_page(std::string_view head) {
  std::string small(head);
  std::ranges::transform(small, small.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return small.find("<!doctype html") != std::string::npos ||
         small.find("<html") != std::string::npos;
}

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
    case FileKind::page:
      return has_page(content.substr(0, kHeadBytes));
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
      return "a MIDI file";
    case FileKind::dataset:
      return "a dataset";
    case FileKind::model:
      return "a model";
    case FileKind::json:
      return "a JSON file";
    case FileKind::picture:
      return "a PNG or SVG picture";
    case FileKind::sound:
      return "a WAV or FLAC file";
    case FileKind::page:
      return "an HTML page";
    case FileKind::text:
      break;
  }
  return "a text file";
}

}  // namespace

Expected<void> check_output(const fs::path& output, FileKind kind,
                            const std::vector<fs::path>& inputs) {
  if (output.empty()) return fail_usage("the file to write has an empty name");
  if (names_stdout(output)) {
    if (kind != FileKind::dataset && kind != FileKind::sound) return {};
    return fail_usage("{} cannot be written to stdout; name a file to write", name_of(kind));
  }
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
    return fail_usage("{}: exists and is not {}; name another file to write, or remove it",
                      output.string(), name_of(kind));
  }
  return {};
}

std::filesystem::path numbered(const std::filesystem::path& path, int index, int count) {
  if (count == 1 || !path.has_filename()) return path;
  auto name = path.stem();
  name += fmt::format("-{}", index + 1);
  name += path.extension();
  return path.parent_path() / name;
}

}  // namespace pno::cli
