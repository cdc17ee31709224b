// pno info: describes MIDI, dataset and model files. The kind is detected from the content.

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "base/safetensors.h"
#include "cli/commands/commands.h"
#include "cli/describe.h"
#include "cli/output_path.h"
#include "cli/plot_dataset.h"
#include "cli/shared_flags.h"

namespace pno::cli {
namespace {

struct InfoFlags {
  std::vector<std::string> paths;
  std::string plot;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), reinterpret_cast<const char*>(bytes.data()));
}

Expected<Answer> describe(const std::string& path) {
  PNO_TRY(const auto file, MappedFile::open(path));
  const auto bytes = file.bytes();
  if (begins_with(bytes, "MThd") || begins_with(bytes, "RIFF")) return describe_midi(path, bytes);
  const auto tensors = SafetensorsFile::parse(bytes, path);
  if (!tensors) {
    // A header length, then JSON: a file of ours, cut short or spoilt.
    constexpr std::size_t kLengthBytes = 8;
    const bool is_json =
        bytes.size() > kLengthBytes && begins_with(bytes.subspan(kLengthBytes), "{");
    if (is_json) return tl::unexpected(tensors.error());
    return fail("{}: is neither a MIDI file nor a dataset or model of pno", path);
  }
  const auto format = tensors->metadata().find("format");
  const auto kind = format == tensors->metadata().end() ? "" : format->second;
  if (kind == "pno.notes") return describe_dataset(path);
  if (kind == "pno.model") return describe_model(path);
  return fail("{}: is a safetensors file, but no dataset or model of pno", path);
}

Expected<Answer> describe_all(const std::vector<std::string>& paths) {
  Answer answer;
  Json files = Json::array();
  std::size_t described = 0;
  for (const auto& path : paths) {
    auto one = describe(path);
    if (one) {
      ++described;
      answer.text += one->text;
      files.push_back(std::move(one->json));
    } else if (paths.size() == 1) {
      return one;
    } else {
      warn(one.error().message);
      files.push_back({{"file", path}, {"kind", nullptr}, {"reason", one.error().message}});
    }
  }
  if (described == 0) return fail("none of the {} files could be read", paths.size());
  answer.json["files"] = std::move(files);
  return answer;
}

Expected<void> add_plot(const InfoFlags& flags, Answer& answer) {
  auto& described = answer.json["files"].front();
  if (described["kind"] != "dataset") {
    return fail_usage(
        "{}: is not a dataset, and --plot draws nothing else; 'pno prepare' makes them",
        flags.paths.front());
  }
  PNO_TRY_VOID(plot_dataset(flags.paths.front(), flags.plot));
  described["plot"] = flags.plot;
  answer.text += fmt::format("  plot: {}\n", flags.plot);
  return {};
}

Expected<Answer> info(const InfoFlags& flags) {
  if (!flags.plot.empty() && flags.paths.size() > 1) {
    return fail_usage("--plot draws one dataset, and {} files are named", flags.paths.size());
  }
  if (!flags.plot.empty()) {
    PNO_TRY_VOID(check_output(flags.plot, FileKind::picture, {flags.paths.front()}));
  }
  PNO_TRY(auto answer, describe_all(flags.paths));
  if (!flags.plot.empty()) PNO_TRY_VOID(add_plot(flags, answer));
  return answer;
}

}  // namespace

void add_info(Program& program) {
  auto flags = std::make_shared<InfoFlags>();
  CLI::App& app = program.add({.name = "info",
                               .summary = "Describe MIDI, dataset and model files",
                               .example = "  pno info a.mid music.notes run/model.safetensors\n"
                                          "  pno info music.notes --plot music.png",
                               .run = [flags] { return info(*flags); }});
  add_argument(app, "FILE", flags->paths, "Files to describe");
  app.add_option(
         "--plot", flags->plot,
         "Picture of a dataset to write (.png or .svg): lengths, pitches, velocities, notes "
         "per second")
      ->type_name("FILE");
}

}  // namespace pno::cli
