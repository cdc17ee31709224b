#include "cli/plot_overlap.h"

#ifdef PNO_HAS_PICTURE
#include "picture/overlap_plot.h"
#endif

namespace pno::cli {

#ifdef PNO_HAS_PICTURE

Expected<void> plot_overlap(const corpus::ShareCounts& shares, double threshold,
                            const OverlapTitle& title, const std::filesystem::path& output) {
  return picture::draw_overlap_plot({.title = title.title,
                                     .subtitle = title.subtitle,
                                     .pairs = {shares.begin(), shares.end()},
                                     .threshold = threshold},
                                    output);
}

#else

Expected<void> plot_overlap(const corpus::ShareCounts&, double, const OverlapTitle&,
                            const std::filesystem::path&) {
  return fail("this pno was built without pictures; build it with -DPNO_PICTURE=ON");
}

#endif

}  // namespace pno::cli
