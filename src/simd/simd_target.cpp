#include "simd/simd_target.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/simd_target.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pno::simd::HWY_NAMESPACE {

std::int64_t target_here() {
  return HWY_TARGET;
}

}  // namespace pno::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::simd {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

struct Target {
  std::string name;
  std::int64_t bit;  // Highway's
  Bf16Unit bf16_unit = Bf16Unit::none;
};

// Best first; read before any target is disabled.
const std::vector<Target>& all_targets() {
  static const std::vector<Target> kTargets = [] {
    std::vector<Target> all;
    for (const auto bit : hwy::SupportedAndGeneratedTargets()) {
      all.push_back({.name = lower_case(hwy::TargetName(bit)), .bit = bit});
    }
    const auto bit = all.front().bit;
    const auto unit = best_bf16_unit();
    if (unit != Bf16Unit::none) all.insert(all.begin(), {"avx3_bf16", bit, Bf16Unit::avx512});
    if (unit == Bf16Unit::amx) all.insert(all.begin(), {"amx_bf16", bit, Bf16Unit::amx});
    return all;
  }();
  return kTargets;
}

std::atomic<Bf16Unit>& chosen_unit() {
  static std::atomic<Bf16Unit> chosen(all_targets().front().bf16_unit);
  return chosen;
}

}  // namespace

const std::vector<std::string>& targets() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& target : all_targets()) names.push_back(target.name);
    return names;
  }();
  return kNames;
}

Bf16Unit bf16_unit() {
  return chosen_unit().load(std::memory_order_relaxed);
}

bool has_fast_bf16() {
  const auto unit = bf16_unit();
  if (unit == Bf16Unit::amx) return amx_is_permitted();
  return unit == Bf16Unit::avx512 && avx512_unit_is_fast();
}

HWY_EXPORT(target_here);

std::string current_target() {
  const auto unit = bf16_unit();
  const auto bit = HWY_DYNAMIC_DISPATCH(target_here)();
  for (const auto& target : all_targets()) {
    if (target.bit == bit && target.bf16_unit == unit) return target.name;
  }
  return lower_case(hwy::TargetName(bit));
}

Expected<void> use_target(std::string_view name) {
  const auto& names = targets();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return fail("SIMD target '{}' is not one of those that this processor supports: {}", name,
                fmt::join(names, ", "));
  }
  const auto& target = all_targets()[static_cast<std::size_t>(found - names.begin())];
  hwy::DisableTargets(~target.bit);
  hwy::GetChosenTarget().Update(target.bit);
  chosen_unit().store(target.bf16_unit, std::memory_order_relaxed);
  return {};
}

Expected<void> use_target_of_environment() {
  const char* name = std::getenv("PNO_SIMD");
  if (name == nullptr || *name == '\0') return {};
  if (auto used = use_target(name); !used) return fail("PNO_SIMD: {}", used.error().message);
  return {};
}

}  // namespace pno::simd
#endif
