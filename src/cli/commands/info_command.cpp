// pno info: describes MIDI, dataset and model files. The kind is detected from the content.

#include <memory>

#include "base/file.h"
#include "base/other_kind.h"
#include "base/safetensors.h"
#include "base/standard_streams.h"
#include "cli/commands/commands.h"
#include "cli/describe.h"
#include "cli/output_path.h"
#include "cli/plot_dataset.h"
#include "cli/shared_flags.h"
#include "midi/smf_reader.h"

namespace pno::cli {
namespace {

struct InfoFlags {
  std::vector<std::string> paths;
  std::string plot;
};

Expected<Answer> describe_stdin() {
  PNO_TRY(const auto text, read_stdin());
  const auto bytes = std::as_bytes(std::span(text));
  const auto clause = other_kind_clause(content_kind(bytes), Wanted::midi);
  if (!clause.empty()) return fail("stdin: {}", clause);
  return describe_midi("stdin", bytes);
}

Expected<Answer> describe(const std::string& path) {
  if (names_stdin(path)) return describe_stdin();
  const auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(explained(file.error(), path, Wanted::any));
  const auto kind = content_kind(file->bytes());
  if (kind == ContentKind::midi) return describe_midi(path, file->bytes());
  if (kind == ContentKind::dataset) return describe_dataset(path);
  if (kind == ContentKind::model) return describe_model(path);
  if (kind == ContentKind::safetensors) {
    // Of another program, or one of pno that is damaged or cut short.
    const auto tensors = SafetensorsFile::parse(file->bytes(), path);
    if (!tensors) return tl::unexpected(tensors.error());
  }
  const auto clause = other_kind_clause(kind, Wanted::any);
  if (!clause.empty()) return fail("{}: {}", path, clause);
  // Some MIDI files have other bytes before their header.
  if (auto midi = describe_midi(path, file->bytes())) return midi;
  return fail("{}: is neither a MIDI file nor a dataset or model of pno", path);
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
      if (one.error().kind == Error::Kind::interrupted) return one;
      answer.complete = false;
      warn(one.error().message);
      files.push_back({{"file", path}, {"kind", nullptr}, {"reason", one.error().message}});
    }
  }
  if (described == 0) return fail("none of the {} could be read", counted(paths.size(), "file"));
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
  add_argument(app, "FILE", flags->paths, "Files to describe; - is a MIDI file on stdin");
  app.add_option(
         "--plot", flags->plot,
         "Picture of a dataset to write (.png or .svg): lengths, pitches, velocities, notes "
         "per second")
      ->type_name("FILE");
}

}  // namespace pno::cli
