#pragma once

// The fields that the bodies of several requests have. Each function returns an error, for the
// client, if the value is wrong or exceeds a limit of web/limits.h.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "events/encode.h"

namespace pno::web {

// Returns an error if the body is larger than kMaxBodyBytes or not a JSON object.
Expected<nlohmann::json> parse_body(std::string_view body);

Expected<double> number_in(const nlohmann::json& value, std::string_view name, double low,
                           double high);
Expected<double> integer_in(const nlohmann::json& value, std::string_view name, double low,
                            double high);
Expected<std::string> short_text(const nlohmann::json& value, std::string_view name);

// A list of [start, end, pitch, velocity], times in seconds, in any order.
Expected<std::vector<events::PlainNote>> parse_notes(const nlohmann::json& value);

// A name from the body for a message; a long one is cut.
std::string shown(const std::string& name);

}  // namespace pno::web
