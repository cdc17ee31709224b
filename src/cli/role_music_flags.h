#pragma once

// The flags that pno infill and pno accompany have in common, the options of the engine that they
// set, and the answer for what was played.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/ask_flags.h"
#include "cli/program.h"
#include "infer/role_music.h"
#include "midi/read_options.h"
#include "midi/smf_edit.h"

namespace pno::cli {

struct RoleMusicFlags {
  std::string model;
  std::filesystem::path input, output;
  midi::Programs programs = midi::ReadOptions{}.programs;
  AskFlags ask;
  TextFields sampler, limits;  // texts of the command line, by field
  std::optional<std::uint64_t> seed;
  int count = 1, threads = 0;
  infer::Precision precision = infer::Precision::automatic;
};

void add_role_music_flags(CLI::App& app, RoleMusicFlags& flags);

// The model and the options of all pieces but their stream.
struct RoleMusicRequest {
  std::shared_ptr<const infer::Engine> engine;
  infer::RoleMusicOptions options;
};

// Checks the names of the files, opens the model and reads the flags. Returns one sentence if the
// model has no roles: it cannot do `task`, "fill gaps".
Expected<RoleMusicRequest> open_role_music(const RoleMusicFlags& flags, std::string_view task);

// The new track of a piece: its notes, and what made them.
midi::AddedMusic added_music(const RoleMusicFlags& flags, const RoleMusicRequest& request,
                             const std::vector<events::PlainNote>& notes, int piece);

// Writes the input with its edit to a file. Returns an error that names the input if it cannot be
// edited.
Expected<void> write_edited(const RoleMusicFlags& flags, std::span<const std::byte> source,
                            const midi::SmfEdit& edit, ReplacingFile& file);

// Sums over the pieces of a call.
class RoleMusicTotals {
 public:
  void add(const infer::RoleMusic& music);
  // A piece was written, of so many seconds of new music.
  void add_file(const std::filesystem::path& file, double music_seconds);

  Answer answer(std::uint64_t seed) const;

 private:
  std::int64_t drawn_ = 0, prime_tokens_ = 0, notes_ = 0, mended_ = 0;
  int parts_ = 0, pieces_ = 0;
  std::map<std::string, std::int64_t> mended_by_;
  std::vector<std::string> files_;
  bool is_too_dense_ = false;
  double first_token_ms_ = 0, draw_seconds_ = 0, music_seconds_ = 0, seconds_ = 0;
};

}  // namespace pno::cli
