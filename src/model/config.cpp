#include "model/config.h"

namespace pno::model {
namespace {

// With these limits every product of two sizes, and the bytes of every tensor and of the KV cache,
// fit into 64 bits.
constexpr int kMaxLayers = 128;
constexpr int kMaxHeads = 128;
constexpr int kMaxWidth = 16384;
constexpr int kMaxFfWidth = 65536;
constexpr int kMaxContext = 262144;

struct Range {
  std::string_view name;
  int value, lowest, highest;
};

}  // namespace

Expected<void> ModelConfig::validate() const {
  const std::array<Range, 8> ranges = {{{"layers", layers, 1, kMaxLayers},
                                        {"heads", heads, 1, kMaxHeads},
                                        {"width", width, 1, kMaxWidth},
                                        {"attention_width", attention_width, 1, kMaxWidth},
                                        {"ff_width", ff_width, 1, kMaxFfWidth},
                                        {"context", context, 2, kMaxContext},
                                        {"max_distance", max_distance, 1, kMaxContext},
                                        {"block", block, 1, kMaxContext}}};
  for (const auto& [name, value, lowest, highest] : ranges) {
    if (value < lowest || value > highest) {
      return fail("{} is {}; it must be {} to {}", name, value, lowest, highest);
    }
  }
  if (attention_width % heads != 0) {
    return fail("attention_width is {}; it must be a multiple of heads, {}", attention_width,
                heads);
  }
  if (!(dropout >= 0 && dropout < 1)) {
    return fail("dropout is {}; it must be at least 0 and less than 1", dropout);
  }
  return {};
}

}  // namespace pno::model
