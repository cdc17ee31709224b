#include "simd/simd_target.h"

#include <fmt/ranges.h>

#include <algorithm>
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

// Highway's bits of the targets, best first; read before any target is disabled.
const std::vector<std::int64_t>& target_bits() {
  static const std::vector<std::int64_t> kBits = hwy::SupportedAndGeneratedTargets();
  return kBits;
}

}  // namespace

const std::vector<std::string>& targets() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto bit : target_bits()) names.push_back(lower_case(hwy::TargetName(bit)));
    return names;
  }();
  return kNames;
}

HWY_EXPORT(target_here);

std::string current_target() {
  target_bits();
  return lower_case(hwy::TargetName(HWY_DYNAMIC_DISPATCH(target_here)()));
}

Expected<void> use_target(std::string_view name) {
  const auto& names = targets();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return fail("SIMD target '{}' is not one of those that this processor supports: {}", name,
                fmt::join(names, ", "));
  }
  const auto bit = target_bits()[static_cast<std::size_t>(found - names.begin())];
  hwy::DisableTargets(~bit);
  hwy::GetChosenTarget().Update(bit);
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
