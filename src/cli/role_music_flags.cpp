#include "cli/role_music_flags.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/version.h"
#include "cli/field_flags.h"
#include "cli/midi_input.h"
#include "cli/music_copyright.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "infer/music/play_sampling.h"

namespace pno::cli {
namespace {

constexpr int kMostAlternatives = 10000;

}  // namespace

void add_role_music_flags(CLI::App& app, RoleMusicFlags& flags) {
  app.add_option("--seed", flags.seed, "Same seed, same music; default: random, and printed")
      ->type_name("N")
      ->check(check_field<std::uint64_t>);
  add_number(app, "--count", flags.count, "Alternatives, written as OUT-1.mid, OUT-2.mid, …")
      ->check(CLI::Range(1, kMostAlternatives).description(""));
  add_programs(app, flags.programs);
  add_choice(app, "--precision", flags.precision,
             "Precision of weights and KV cache; auto: int8, or f32 without SIMD");
  add_threads(app, flags.threads);
  add_field_flags<infer::PlaySampling>(app, "Sampling", flags.sampler);
  add_ask_flags(app, flags.ask, AskedControls::all);
  add_field_flags<infer::MusicLimits>(app, "Limits", flags.limits);
}

Expected<RoleMusicRequest> open_role_music(const RoleMusicFlags& flags, std::string_view task) {
  for (int i = 0; i < flags.count; ++i) {
    PNO_TRY_VOID(check_output(numbered(flags.output, i, flags.count), FileKind::midi,
                              {flags.model, flags.input}));
  }
  infer::DrawOptions draw;
  draw.sampler = infer::PlaySampling();
  PNO_TRY_VOID(apply_fields(flags.sampler, draw.sampler));
  PNO_TRY_VOID(apply_fields(flags.limits, draw.limits));
  PNO_TRY(draw.controls, strict_controls(flags.ask));
  PNO_TRY_VOID(draw.validate());
  PNO_TRY(auto engine, infer::Engine::open(
                           flags.model, {.threads = flags.threads, .precision = flags.precision}));
  if (!engine->vocabulary().has_roles) {
    return fail("{}: {}", flags.model, infer::fail_without_roles(task).value().message);
  }
  PNO_TRY(auto asked, asked_of(flags.ask, *engine, flags.model));
  RoleMusicRequest request{.engine = std::move(engine),
                           .options = {.draw = draw, .wishes = std::move(asked.wishes)}};
  request.options.changes = std::move(asked.changes);
  request.options.guidance = asked.guidance;
  request.options.seed = flags.seed ? *flags.seed : std::random_device{}();
  return request;
}

midi::AddedMusic added_music(const RoleMusicFlags& flags, const RoleMusicRequest& request,
                             const std::vector<events::PlainNote>& notes, int piece) {
  midi::AddedMusic added;
  for (const auto& note : notes) {
    added.music.notes.push_back({.start_us = note.start_us,
                                 .length_us = note.length_us,
                                 .key_length_us = note.length_us,
                                 .pitch = note.pitch,
                                 .velocity = note.velocity});
  }
  const auto seed = request.options.seed;
  added.title = fmt::format("pno, seed {}", seed);
  added.text = fmt::format("Played by pno {} with {}, seed {}, piece {}", kPnoVersion,
                           std::filesystem::path(flags.model).filename().string(), seed, piece + 1);
  added.copyright = music_copyright(request.engine->metadata());
  return added;
}

Expected<void> write_edited(const RoleMusicFlags& flags, std::span<const std::byte> source,
                            const midi::SmfEdit& edit, ReplacingFile& file) {
  const auto edited = midi::edit_smf(source, edit);
  if (!edited) return fail("{}: {}", flags.input.string(), edited.error().message);
  PNO_TRY_VOID(file.write(edited->bytes));
  return file.commit();
}

void RoleMusicTotals::add(const infer::RoleMusic& music) {
  drawn_ += music.drawn_tokens;
  prime_tokens_ = std::max(prime_tokens_, music.prime_tokens);
  notes_ += std::ssize(music.notes);
  parts_ = std::max(parts_, music.parts);
  for (std::size_t i = 0; i < infer::kFaults; ++i) {
    if (music.mended[i] == 0) continue;
    mended_ += music.mended[i];
    mended_by_[std::string(enum_name(static_cast<infer::Fault>(i)))] += music.mended[i];
  }
  is_too_dense_ = is_too_dense_ || music.too_dense;
  if (pieces_++ == 0) first_token_ms_ = music.first_token_ms;
  draw_seconds_ += music.draw_seconds;
  seconds_ += music.seconds;
}

void RoleMusicTotals::add_file(const std::filesystem::path& file, double music_seconds) {
  files_.push_back(file.string());
  music_seconds_ += music_seconds;
}

Answer RoleMusicTotals::answer(std::uint64_t seed) const {
  const double rate = draw_seconds_ > 0 ? static_cast<double>(drawn_ - pieces_) / draw_seconds_ : 0;
  auto text =
      files_.size() == 1 ? files_.front() : fmt::format("{} … {}", files_.front(), files_.back());
  text +=
      fmt::format(": {} notes in {:.1f} s of music, {} tokens at {:.0f}/s, {} mended, seed {}\n",
                  grouped(notes_), music_seconds_, grouped(drawn_), rate, grouped(mended_), seed);
  if (parts_ > 1) {
    text += "The model cannot hold the whole gap: only its last 20 s know what comes after it\n";
  }
  return {std::move(text),
          {{"tokens", drawn_},
           {"prime_tokens", prime_tokens_},
           {"tokens_per_s", rate},
           {"first_token_ms", first_token_ms_},
           {"music_seconds", music_seconds_},
           {"notes", notes_},
           {"parts", parts_},
           {"seed", seed},
           {"ended", is_too_dense_ ? "limit" : "end"},
           {"mended", mended_},
           {"mended_by", Json(mended_by_)},
           {"files", files_},
           {"seconds", seconds_}}};
}

}  // namespace pno::cli
