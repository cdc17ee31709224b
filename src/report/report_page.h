#pragma once

// A run as one HTML page that needs nothing beside it: curves, samples, configuration, data, cost.

#include <cstdint>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace pno::report {

struct ReportOptions {
  int samples = 4;            // at most, spread over the run
  double price_per_hour = 0;  // of the machine; 0: no cost is shown
  std::string currency = "USD";
  double watts = 0;  // that the machine draws; 0: no energy is shown
};

// What can be heard and seen of a sample; empty where there is none of it.
struct SampleMedia {
  std::int64_t step = 0;
  std::string midi, flac, png;  // the files' bytes
};

// `beside`: other runs, whose validation is drawn and told next to that of `record`.
std::string report_page(const RunRecord& record, const std::vector<RunRecord>& beside,
                        const std::vector<SampleMedia>& samples, const ReportOptions& options);

// RFC 4648, with padding.
std::string base64(const std::string& bytes);

}  // namespace pno::report
