#include "cli/plot_dataset.h"

#ifdef PNO_HAS_PICTURE
#include <algorithm>

#include "cli/program.h"
#include "corpus/dataset.h"
#include "picture/dataset_plot.h"
#endif

namespace pno::cli {

#ifdef PNO_HAS_PICTURE

Expected<void> plot_dataset(const std::filesystem::path& path,
                            const std::filesystem::path& output) {
  PNO_TRY(const auto dataset, corpus::Dataset::open(path));
  picture::DatasetPlot plot;
  double hours = 0;
  for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
    const auto notes = dataset.music(piece);
    std::int64_t end_us = 0;
    for (const auto& note : notes) {
      ++plot.pitches.at(note.pitch);
      ++plot.velocities.at(note.velocity);
      end_us = std::max(end_us, note.start_us + note.length_us);
    }
    const double seconds = static_cast<double>(end_us) / 1e6;
    plot.minutes.push_back(seconds / 60);
    plot.notes_per_s.push_back(static_cast<double>(notes.size()) / seconds);
    hours += seconds / 3600;
  }
  plot.title = path.filename().string();
  plot.subtitle = fmt::format("{} pieces, {} notes, {:.1f} hours",
                              grouped(static_cast<std::int64_t>(dataset.pieces())),
                              grouped(dataset.notes()), hours);
  return picture::draw_dataset_plot(plot, output);
}

#else

Expected<void> plot_dataset(const std::filesystem::path&, const std::filesystem::path&) {
  return fail("this pno was built without pictures; build it with -DPNO_PICTURE=ON");
}

#endif

}  // namespace pno::cli
