#include "infer/kv_cache.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/bf16.h"
#include "base/error.h"
#include "infer/kernels/byte_ops.h"

namespace pno::infer {
namespace {

std::size_t as_size(int value) {
  return static_cast<std::size_t>(value);
}

std::size_t whole_panels(std::size_t slots) {
  return panels_of(slots) * kPanelRows;
}

std::size_t key_bytes_of_head(const model::ModelConfig& config, std::size_t slots, Precision of) {
  const std::size_t D = as_size(config.head_width());
  return of == Precision::f32 ? slots * D * sizeof(float) : panels_of(slots) * panel_bytes(of, D);
}

std::size_t value_bytes_of_head(const model::ModelConfig& config, std::size_t slots, Precision of) {
  const std::size_t D = as_size(config.head_width());
  return of == Precision::f32 ? slots * D * sizeof(float) : panels_of(D) * panel_bytes(of, slots);
}

std::size_t scales_of_heads(const model::ModelConfig& config, std::size_t slots, Precision of) {
  return of == Precision::int8 ? as_size(config.layers * config.heads) * slots : 0;
}

// Numbers of a key or value that are made and put at once: whole lanes, whole panels of values.
constexpr std::size_t kNumbersAtOnce = 64;
using Numbers = std::array<std::byte, kNumbersAtOnce * sizeof(std::uint16_t)>;

// A key is a lane in each step of its panel; the last one may be longer than the key.
void put_key(const Numbers& numbers, std::size_t lanes, std::byte* first) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::memcpy(first + lane * kStepBytes, numbers.data() + lane * kLaneBytes, kLaneBytes);
  }
}

// A value is one number of a lane in each row of the panels.
template <std::size_t kNumberBytes>
void put_value(const Numbers& numbers, std::size_t size, std::byte* first,
               std::size_t panel_size_bytes) {
  for (std::size_t k = 0; k < size; ++k) {
    std::memcpy(first + k / kPanelRows * panel_size_bytes + k % kPanelRows * kLaneBytes,
                numbers.data() + k * kNumberBytes, kNumberBytes);
  }
}

// Calls put(numbers, begin, size) for x [D], kNumbersAtOnce at a time.
template <class Put>
void convert(Precision precision, const float* x, std::size_t D, float* scale, const Put& put) {
  if (precision == Precision::int8) *scale = scale_of(x, D);
  Numbers numbers{};
  for (std::size_t begin = 0; begin < D; begin += kNumbersAtOnce) {
    const std::size_t size = std::min(kNumbersAtOnce, D - begin);
    if (precision == Precision::int8) {
      to_bytes(x + begin, size, inverse_of(*scale),
               reinterpret_cast<std::uint8_t*>(numbers.data()));
    } else {
      for (std::size_t k = 0; k < size; ++k) {
        const std::uint16_t half = to_bf16(x[begin + k]);
        std::memcpy(numbers.data() + k * sizeof(half), &half, sizeof(half));
      }
    }
    put(numbers, begin, size);
  }
}

}  // namespace

KvCache::KvCache(const model::ModelConfig& config, std::size_t slots, Precision precision)
    : precision_(precision),
      layers_(config.layers),
      heads_(config.heads),
      context_(config.context),
      head_width_(as_size(config.head_width())),
      slots_(whole_panels(slots)),
      key_bytes_(key_bytes_of_head(config, slots_, precision)),
      value_bytes_(value_bytes_of_head(config, slots_, precision)),
      keys_(as_size(layers_ * heads_) * key_bytes_),
      values_(as_size(layers_ * heads_) * value_bytes_),
      key_scales_(scales_of_heads(config, slots_, precision)),
      value_scales_(scales_of_heads(config, slots_, precision)) {}

void KvCache::take_memory(ThreadPool& pool) {
  const std::vector<float> nothing(head_width_);
  const std::size_t heads = as_size(layers_ * heads_), parts = as_size(pool.threads());
  pool.run(pool.threads(), [&](int part, int) {
    const std::size_t end = (as_size(part) + 1) * heads / parts;
    for (std::size_t head = as_size(part) * heads / parts; head < end; ++head) {
      put_in_head(head, slot(0), nothing.data(), nothing.data());
    }
  });
}

double KvCache::memory_bytes(const model::ModelConfig& config, std::size_t slots,
                             Precision precision) {
  slots = whole_panels(slots);
  const double heads = static_cast<double>(config.layers) * config.heads;
  const std::size_t scales = precision == Precision::int8 ? 2 * slots * sizeof(float) : 0;
  return heads * static_cast<double>(key_bytes_of_head(config, slots, precision) +
                                     value_bytes_of_head(config, slots, precision) + scales);
}

HeadRows KvCache::keys(int layer, int head) const {
  const std::size_t index = head_index(layer, head);
  const std::byte* data = keys_.get() + index * key_bytes_;
  if (precision_ == Precision::f32) return {reinterpret_cast<const float*>(data), {}};
  return {nullptr,
          {precision_, data, panel_bytes(precision_, head_width_),
           precision_ == Precision::int8 ? key_scales_.get() + index * slots_ : nullptr}};
}

HeadRows KvCache::values(int layer, int head) const {
  const std::size_t index = head_index(layer, head);
  const std::byte* data = values_.get() + index * value_bytes_;
  if (precision_ == Precision::f32) return {reinterpret_cast<const float*>(data), {}};
  return {nullptr,
          {precision_, data, panel_bytes(precision_, slots_),
           precision_ == Precision::int8 ? value_scales_.get() + index * slots_ : nullptr}};
}

void KvCache::advance(std::int64_t count) {
  position_ += count;
  furthest_ = std::max(furthest_, position_);
}

void KvCache::rewind(std::int64_t position) {
  if (position < position_) lineage_.part_at(position);
  position_ = position;
}

void KvCache::clear() {
  lineage_.begin_anew();
  position_ = furthest_ = 0;
}

std::int64_t KvCache::earliest_rewind() const {
  const std::int64_t overwritten = furthest_ - static_cast<std::int64_t>(slots_);
  return overwritten <= 0 ? 0 : overwritten + context_ - 1;
}

void KvCache::copy_from(const KvCache& other) {
  PNO_CHECK(slots_ == other.slots_ && precision_ == other.precision_ && layers_ == other.layers_ &&
                heads_ == other.heads_ && head_width_ == other.head_width_,
            "a cache copied from one of another shape");
  const bool has_slid = other.furthest_ > static_cast<std::int64_t>(slots_);
  const auto used = has_slid ? slots_ : static_cast<std::size_t>(other.position_);
  // Whole panels, so that what is copied is one piece of a head's keys, and of each panel of its
  // values.
  const std::size_t first = (slots_ - used) / kPanelRows * kPanelRows;
  const std::size_t value_panels = precision_ == Precision::f32 ? 1 : panels_of(head_width_);
  for (std::size_t head = 0; head < as_size(layers_ * heads_); ++head) {
    const auto copy_end = [&](auto& to, const auto& from, std::size_t begin, std::size_t size) {
      const std::size_t kept = size / slots_ * first;  // size is a multiple of the slots
      std::copy_n(from.get() + begin + kept, size - kept, to.get() + begin + kept);
    };
    copy_end(keys_, other.keys_, head * key_bytes_, key_bytes_);
    const std::size_t panel_size = value_bytes_ / value_panels;
    for (std::size_t panel = 0; panel < value_panels; ++panel) {
      copy_end(values_, other.values_, head * value_bytes_ + panel * panel_size, panel_size);
    }
    if (precision_ != Precision::int8) continue;
    copy_end(key_scales_, other.key_scales_, head * slots_, slots_);
    copy_end(value_scales_, other.value_scales_, head * slots_, slots_);
  }
  lineage_ = other.lineage_;
  lineage_.part_at(other.position_);
  position_ = other.position_;
  furthest_ = has_slid ? other.furthest_ : other.position_;
}

KvCache::Runs KvCache::runs(std::int64_t newest, std::size_t count) const {
  PNO_CHECK(count <= slots_, "attention looks back further than the cache does");
  const std::size_t first = slot(newest);
  const std::size_t lead = first % kPanelRows;
  const std::size_t before_the_end = std::min(count, slots_ - first);
  return {{{{first - lead, whole_panels(lead + before_the_end)},
            {0, whole_panels(count - before_the_end)}}},
          lead};
}

void KvCache::put(int layer, std::int64_t position, const float* keys, const float* values) {
  for (int head = 0; head < heads_; ++head) {
    const std::size_t channel = as_size(head) * head_width_;
    put_in_head(head_index(layer, head), slot(position), keys + channel, values + channel);
  }
}

void KvCache::put_in_head(std::size_t head, std::size_t slot, const float* key,
                          const float* value) {
  if (precision_ == Precision::f32) {
    put_rows(head, slot, key, value);
  } else {
    put_panels(head, slot, key, value);
  }
}

void KvCache::put_rows(std::size_t head, std::size_t slot, const float* key, const float* value) {
  const std::size_t row = slot * head_width_ * sizeof(float), size = head_width_ * sizeof(float);
  std::memcpy(keys_.get() + head * key_bytes_ + row, key, size);
  std::memcpy(values_.get() + head * value_bytes_ + row, value, size);
}

void KvCache::put_panels(std::size_t head, std::size_t slot, const float* key, const float* value) {
  const std::size_t scale = head * slots_ + slot, key_panel = panel_bytes(precision_, head_width_),
                    value_panel = panel_bytes(precision_, slots_);
  const auto scale_in = [&](FloatArray& scales) {
    return scales.get() == nullptr ? nullptr : scales.get() + scale;
  };
  std::byte* const to_key =
      keys_.get() + head * key_bytes_ + byte_of(precision_, key_panel, slot, 0);
  std::byte* const to_value =
      values_.get() + head * value_bytes_ + byte_of(precision_, value_panel, 0, slot);
  convert(precision_, key, head_width_, scale_in(key_scales_),
          [&](const Numbers& numbers, std::size_t begin, std::size_t size) {
            put_key(numbers, steps_of(precision_, size),
                    to_key + steps_of(precision_, begin) * kStepBytes);
          });
  convert(precision_, value, head_width_, scale_in(value_scales_),
          [&](const Numbers& numbers, std::size_t begin, std::size_t size) {
            std::byte* const to = to_value + panels_of(begin) * value_panel;
            if (precision_ == Precision::int8) {
              put_value<1>(numbers, size, to, value_panel);
            } else {
              put_value<2>(numbers, size, to, value_panel);
            }
          });
}

}  // namespace pno::infer
