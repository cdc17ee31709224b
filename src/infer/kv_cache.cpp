#include "infer/kv_cache.h"

#include <algorithm>

#include "base/error.h"

namespace pno::infer {

KvCache::KvCache(const model::ModelConfig& config, std::size_t slots)
    : layers_(config.layers),
      heads_(config.heads),
      context_(config.context),
      head_width_(static_cast<std::size_t>(config.head_width())),
      slots_(slots),
      keys_(float_array(offset(config.layers, 0))),
      values_(float_array(offset(config.layers, 0))) {}

double KvCache::memory_bytes(const model::ModelConfig& config, std::size_t slots) {
  return 2.0 * sizeof(float) * config.layers * config.attention_width * static_cast<double>(slots);
}

void KvCache::advance(std::int64_t count) {
  position_ += count;
  furthest_ = std::max(furthest_, position_);
}

std::int64_t KvCache::earliest_rewind() const {
  const std::int64_t overwritten = furthest_ - static_cast<std::int64_t>(slots_);
  return overwritten <= 0 ? 0 : overwritten + context_ - 1;
}

void KvCache::copy_from(const KvCache& other) {
  PNO_CHECK(slots_ == other.slots_ && offset(layers_, 0) == other.offset(other.layers_, 0),
            "a cache copied from one of another shape");
  const bool has_slid = other.furthest_ > static_cast<std::int64_t>(slots_);
  const auto used = has_slid ? slots_ : static_cast<std::size_t>(other.position_);
  const std::size_t first = (slots_ - used) * head_width_;
  for (int layer = 0; layer < layers_; ++layer) {
    for (int head = 0; head < heads_; ++head) {
      std::copy_n(other.keys(layer, head) + first, used * head_width_, keys(layer, head) + first);
      std::copy_n(other.values(layer, head) + first, used * head_width_,
                  values(layer, head) + first);
    }
  }
  position_ = other.position_;
  furthest_ = has_slid ? other.furthest_ : other.position_;
}

std::array<KvCache::Run, 2> KvCache::runs(std::int64_t newest, std::size_t count) const {
  PNO_CHECK(count <= slots_, "attention looks back further than the cache does");
  const std::size_t first = slot(newest);
  const std::size_t before_the_end = std::min(count, slots_ - first);
  return {{{first, before_the_end}, {0, count - before_the_end}}};
}

void KvCache::put(int layer, std::int64_t position, const float* keys, const float* values) {
  const std::size_t row = slot(position) * head_width_;
  for (int head = 0; head < heads_; ++head) {
    const std::size_t channel = static_cast<std::size_t>(head) * head_width_;
    std::copy_n(keys + channel, head_width_, this->keys(layer, head) + row);
    std::copy_n(values + channel, head_width_, this->values(layer, head) + row);
  }
}

}  // namespace pno::infer
