// pno tokens: a performance as events, one a line, and back.

#include <memory>
#include <sstream>

#include "base/file.h"
#include "base/other_kind.h"
#include "base/standard_streams.h"
#include "cli/commands/commands.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "events/decode.h"
#include "events/encode.h"
#include "events/text.h"
#include "midi/smf_writer.h"

namespace pno::cli {
namespace {

struct TokensFlags {
  std::string input, output;
  bool decode = false;
  events::Vocabulary vocabulary;
  midi::ReadOptions read;
};

Expected<std::string> read_events(const std::string& path) {
  auto text = read_text(path);
  if (!text) return tl::unexpected(explained(std::move(text.error()), path, Wanted::events));
  return text;
}

Expected<Answer> decode_text(const TokensFlags& flags) {
  if (flags.output.empty()) return fail_usage("--decode needs -o, the MIDI file to write");
  PNO_TRY_VOID(check_output(flags.output, FileKind::midi, {flags.input}));
  const bool piped = flags.input.empty() || names_stdin(flags.input);
  PNO_TRY(const auto text, piped ? read_stdin() : read_events(flags.input));
  const std::string name = piped ? "stdin" : flags.input;
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  const auto clause = other_kind_clause(content_kind(bytes), Wanted::events);
  if (!clause.empty()) return fail("{}: {}", name, clause);
  const auto tokens = events::from_text(text, flags.vocabulary);
  if (!tokens) return fail("{}: {}", name, tokens.error().message);
  const auto [decoded, pieces] = events::decode_pieces(*tokens, flags.vocabulary);
  if (decoded.performance.notes.empty()) {
    return fail("{}: has no notes among its {}; nothing was written", name,
                counted(tokens->size(), "event"));
  }
  PNO_TRY_VOID(replace_file(flags.output, midi::write_smf(decoded.performance)));
  const auto notes = decoded.performance.notes.size();
  return Answer{
      fmt::format("{}: {} from {}, {} mended{}\n", flags.output, counted(notes, "note"),
                  counted(tokens->size(), "event"), decoded.mended.total(),
                  pieces > 1 ? fmt::format("; {} pieces, one after the other", pieces) : ""),
      {{"tokens", tokens->size()},
       {"notes", notes},
       {"mended", decoded.mended.total()},
       {"pieces", pieces}}};
}

Json lines_of(const std::string& text) {
  Json lines = Json::array();
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Expected<Answer> encode_file(const TokensFlags& flags) {
  if (flags.input.empty()) return fail_usage("FILE is required, the MIDI file to read");
  PNO_TRY(const auto smf, read_music(flags.input, flags.read));
  const auto tokens = events::encode(events::plain_notes(smf.performance), flags.vocabulary);
  auto text = events::to_text(tokens, flags.vocabulary);
  Answer answer{.text = {},
                .json = {{"vocabulary", events::vocabulary_name(flags.vocabulary)},
                         {"tokens", tokens.size()}}};
  if (flags.output.empty()) {
    answer.json["events"] = lines_of(text);
    answer.text = std::move(text);
  } else {
    PNO_TRY_VOID(check_output(flags.output, FileKind::text, {flags.input}));
    PNO_TRY_VOID(replace_file(flags.output, text));
    answer.text = fmt::format("{}: {}\n", flags.output, counted(tokens.size(), "event"));
  }
  return answer;
}

}  // namespace

void add_tokens(Program& program) {
  auto flags = std::make_shared<TokensFlags>();
  CLI::App& app = program.add(
      {.name = "tokens",
       .summary = "Show a MIDI file as the events a model reads, or make MIDI of events",
       .example = "  pno tokens a.mid > a.txt\n"
                  "  pno tokens --decode a.txt -o b.mid",
       .run = [flags] { return flags->decode ? decode_text(*flags) : encode_file(*flags); }});
  app.add_option("FILE", flags->input, "MIDI file, with --decode a text file; - is stdin")
      ->type_name("");
  app.add_flag("--decode", flags->decode, "From events to MIDI; reads stdin if no FILE is named");
  app.add_option("-o,--output", flags->output, "File to write; else events go to stdout")
      ->type_name("FILE");
  add_vocabulary(app, flags->vocabulary);
  add_read_flags(app, flags->read);
}

}  // namespace pno::cli
