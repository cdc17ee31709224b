#include "cli/music_lines.h"

namespace pno::cli {

std::string music_lines(const corpus::MusicSums& music) {
  if (music.notes == 0) return "";
  std::string text = fmt::format("  music     {:.1f} notes a second, {:.1f} sound at a time\n",
                                 music.notes_per_second(), music.mean_sounding());
  text += fmt::format("  velocity  {} to {}, half of the notes {} to {}, {} different\n",
                      music.velocity_at(0), music.velocity_at(1), music.velocity_at(0.25),
                      music.velocity_at(0.75), music.different_velocities());
  if (music.even_pieces + music.grid_pieces > 0) {
    text += fmt::format(
        "  scores    {} pieces have one velocity throughout, {} lie on one grid; 'pno prepare "
        "--performances-only' leaves them out\n",
        grouped(music.even_pieces), grouped(music.grid_pieces));
  }
  return text;
}

Json music_json(const corpus::MusicSums& music) {
  return {{"notes_per_second", music.notes_per_second()},
          {"mean_sounding_notes", music.mean_sounding()},
          {"velocity",
           {{"least", music.velocity_at(0)},
            {"quarter", music.velocity_at(0.25)},
            {"median", music.velocity_at(0.5)},
            {"three_quarters", music.velocity_at(0.75)},
            {"greatest", music.velocity_at(1)},
            {"different", music.different_velocities()}}},
          {"one_velocity_pieces", music.even_pieces},
          {"one_grid_pieces", music.grid_pieces}};
}

}  // namespace pno::cli
