#pragma once

// A training run as one self-contained HTML page: curves, samples, configuration, data.

#include <cstdint>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace pno::report {

// What can be heard and seen of a sample; empty where there is none of it.
struct SampleMedia {
  std::int64_t step = 0;
  std::string midi, flac, png;  // the files' bytes
};

// `beside`: other runs, whose validation is drawn and told next to that of `record`.
std::string report_page(const RunRecord& record, const std::vector<RunRecord>& beside,
                        const std::vector<SampleMedia>& samples);

// RFC 4648, with padding.
std::string base64(const std::string& bytes);

}  // namespace pno::report
