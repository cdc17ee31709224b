#include "cli/latency_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "base/file.h"

namespace pno::cli {
namespace {

constexpr std::int64_t kLongest_us = 2'000'000;

Expected<toml::table> read_table(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return toml::table();
  PNO_TRY(const auto text, read_text(path));
  auto result = toml::parse(text, path.string());
  if (!result) {
    return fail("{}: line {}: {}; mend it or delete the file", path.string(),
                result.error().source().begin.line, result.error().description());
  }
  return std::move(result).table();
}

tl::unexpected<Error> wrong(const std::filesystem::path& path, const std::string& port) {
  return fail(
      "{}: the latency of '{}' is not two lists of one length, rising velocities 1 to 127 "
      "and delays of 0 to {} microseconds; delete the file and calibrate again",
      path.string(), port, kLongest_us);
}

}  // namespace

std::array<std::int32_t, 128> Latency::by_velocity() const {
  std::array<std::int32_t, 128> delays{};
  if (velocities.empty()) return delays;
  for (int velocity = 0; velocity < 128; ++velocity) {
    const auto above = std::lower_bound(velocities.begin(), velocities.end(), velocity);
    const auto i = static_cast<std::size_t>(above - velocities.begin());
    double delay = 0;
    if (above == velocities.begin()) {
      delay = delay_ms.front();
    } else if (above == velocities.end()) {
      delay = delay_ms.back();
    } else {
      const double share =
          static_cast<double>(velocity - velocities[i - 1]) / (velocities[i] - velocities[i - 1]);
      delay = delay_ms[i - 1] + share * (delay_ms[i] - delay_ms[i - 1]);
    }
    delays[static_cast<std::size_t>(velocity)] =
        static_cast<std::int32_t>(std::lround(delay * 1e3));
  }
  return delays;
}

std::filesystem::path latency_path() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto config = variable("XDG_CONFIG_HOME"); !config.empty()) {
    return config / "pno/latency.toml";
  }
  if (const auto home = variable("HOME"); !home.empty()) return home / ".config/pno/latency.toml";
  return {};
}

Expected<std::optional<Latency>> read_latency(const std::filesystem::path& path,
                                              const std::string& port) {
  PNO_TRY(const auto table, read_table(path));
  const auto* found = table.get(port);
  if (found == nullptr) return std::nullopt;
  Latency latency;
  const auto* entry = found->as_table();
  const auto* velocities = entry == nullptr ? nullptr : entry->get_as<toml::array>("velocities");
  const auto* delays = entry == nullptr ? nullptr : entry->get_as<toml::array>("latency_us");
  if (velocities == nullptr || delays == nullptr || velocities->empty() ||
      velocities->size() != delays->size()) {
    return wrong(path, port);
  }
  for (std::size_t i = 0; i < velocities->size(); ++i) {
    const auto velocity = velocities->get(i)->value<int>();
    const auto delay_us = delays->get(i)->value<std::int64_t>();
    const int before = i == 0 ? 0 : latency.velocities.back();
    if (!velocity || !delay_us || *velocity <= before || *velocity > 127 || *delay_us < 0 ||
        *delay_us > kLongest_us) {
      return wrong(path, port);
    }
    latency.velocities.push_back(*velocity);
    latency.delay_ms.push_back(static_cast<double>(*delay_us) / 1e3);
  }
  return latency;
}

Expected<void> write_latency(const std::filesystem::path& path, const std::string& port,
                             const Latency& latency) {
  PNO_TRY(auto table, read_table(path));
  toml::array velocities, delays;
  for (const int velocity : latency.velocities) velocities.push_back(velocity);
  for (const double delay : latency.delay_ms) delays.push_back(std::llround(delay * 1e3));
  table.insert_or_assign(port, toml::table{{"velocities", velocities}, {"latency_us", delays}});
  PNO_TRY_VOID(make_folder(path.parent_path()));
  std::ostringstream text;
  text << table << "\n";
  return replace_file(path, text.str());
}

}  // namespace pno::cli
