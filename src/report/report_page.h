#pragma once

// A training run as one self-contained HTML page: curves, samples, configuration, data.

#include <cstdint>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace pno::report {

// The files of a sample; empty if there is none of a kind.
struct SampleMedia {
  std::int64_t step = 0;
  std::string midi, flac, png;  // the files' bytes
};

// `beside`: other runs, whose validation curves and results are shown next to those of `record`.
std::string report_page(const RunRecord& record, const std::vector<RunRecord>& beside,
                        const std::vector<SampleMedia>& samples);

}  // namespace pno::report
