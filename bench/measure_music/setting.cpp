#include "setting.h"

#include <sstream>
#include <string_view>

#include "base/fields.h"
#include "infer/music/play_sampling.h"

namespace pno::bench {

Expected<infer::DrawOptions> parse_setting(const std::string& text) {
  infer::DrawOptions draw{.sampler = infer::PlaySampling()};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    const auto name = std::string_view(word).substr(0, equals);
    const auto value = equals == std::string::npos ? "" : std::string_view(word).substr(equals + 1);
    PNO_TRY(bool known, set_field(draw.sampler, name, value));
    if (!known) {
      PNO_TRY(known, set_field(draw.limits, name, value));
    }
    if (!known) {
      PNO_TRY(known, set_field(draw.controls, name, value));
    }
    if (!known) return fail_usage("'{}' is not a setting; see 'pno generate --help'", name);
  }
  PNO_TRY_VOID(draw.validate());
  return draw;
}

}  // namespace pno::bench
