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

// Rounded up to full panels.
std::size_t full_panels(std::size_t slots) {
  return panel_count(slots) * kPanelRows;
}

std::size_t key_bytes_of_head(const model::ModelConfig& config, std::size_t slots,
                              Precision precision) {
  const std::size_t D = as_size(config.head_width());
  return precision == Precision::f32 ? slots * D * sizeof(float)
                                     : panel_count(slots) * panel_bytes(precision, D);
}

std::size_t value_bytes_of_head(const model::ModelConfig& config, std::size_t slots,
                                Precision precision) {
  const std::size_t D = as_size(config.head_width());
  return precision == Precision::f32 ? slots * D * sizeof(float)
                                     : panel_count(D) * panel_bytes(precision, slots);
}

std::size_t scale_count(const model::ModelConfig& config, std::size_t slots, Precision precision) {
  return precision == Precision::int8 ? as_size(config.layers * config.heads) * slots : 0;
}

// A key or value is converted in chunks of full lanes and full panels.
constexpr std::size_t kChunk = 64;
using Chunk = std::array<std::byte, kChunk * sizeof(std::uint16_t)>;

// A key takes one lane of each step of its panel; the last lane may be padded.
void put_key(const Chunk& chunk, std::size_t lanes, std::byte* first) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::memcpy(first + lane * kStepBytes, chunk.data() + lane * kLaneBytes, kLaneBytes);
  }
}

// Channel k of a value takes one element of a lane in row k of the panels.
template <std::size_t kElementBytes>
void put_value(const Chunk& chunk, std::size_t size, std::byte* first,
               std::size_t panel_size_bytes) {
  for (std::size_t k = 0; k < size; ++k) {
    std::memcpy(first + k / kPanelRows * panel_size_bytes + k % kPanelRows * kLaneBytes,
                chunk.data() + k * kElementBytes, kElementBytes);
  }
}

// Converts x [D] and calls put(chunk, begin, size) for each chunk. Writes `scale` in int8.
template <class Put>
void convert(Precision precision, const float* x, std::size_t D, float* scale, const Put& put) {
  if (precision == Precision::int8) *scale = int8_scale(x, D);
  Chunk chunk{};
  for (std::size_t begin = 0; begin < D; begin += kChunk) {
    const std::size_t size = std::min(kChunk, D - begin);
    if (precision == Precision::int8) {
      to_offset_bytes(x + begin, size, inverse_scale(*scale),
                      reinterpret_cast<std::uint8_t*>(chunk.data()));
    } else {
      for (std::size_t k = 0; k < size; ++k) {
        const std::uint16_t value = to_bf16(x[begin + k]);
        std::memcpy(chunk.data() + k * sizeof(value), &value, sizeof(value));
      }
    }
    put(chunk, begin, size);
  }
}

}  // namespace

KvCache::KvCache(const model::ModelConfig& config, std::size_t slots, Precision precision)
    : precision_(precision),
      layers_(config.layers),
      heads_(config.heads),
      context_(config.context),
      head_width_(as_size(config.head_width())),
      slots_(full_panels(slots)),
      key_bytes_(key_bytes_of_head(config, slots_, precision)),
      value_bytes_(value_bytes_of_head(config, slots_, precision)),
      keys_(as_size(layers_ * heads_) * key_bytes_),
      values_(as_size(layers_ * heads_) * value_bytes_),
      key_scales_(scale_count(config, slots_, precision)),
      value_scales_(scale_count(config, slots_, precision)) {}

void KvCache::touch_pages(ThreadPool& pool) {
  const std::vector<float> zeros(head_width_);
  const std::size_t heads = as_size(layers_ * heads_), parts = as_size(pool.threads());
  pool.run(pool.threads(), [&](int part, int) {
    const std::size_t end = (as_size(part) + 1) * heads / parts;
    for (std::size_t head = as_size(part) * heads / parts; head < end; ++head) {
      put_in_head(head, slot(0), zeros.data(), zeros.data());
    }
  });
}

double KvCache::memory_bytes(const model::ModelConfig& config, std::size_t slots,
                             Precision precision) {
  slots = full_panels(slots);
  const double heads = static_cast<double>(config.layers) * config.heads;
  const std::size_t scales = precision == Precision::int8 ? 2 * slots * sizeof(float) : 0;
  return heads * static_cast<double>(key_bytes_of_head(config, slots, precision) +
                                     value_bytes_of_head(config, slots, precision) + scales);
}

HeadRows KvCache::keys(int layer, int head) const {
  const std::size_t index = head_index(layer, head);
  const std::byte* data = keys_.get() + index * key_bytes_;
  if (precision_ == Precision::f32) return {.rows = reinterpret_cast<const float*>(data)};
  return {.panels = {.precision = precision_,
                     .data = data,
                     .panel_size_bytes = panel_bytes(precision_, head_width_),
                     .scales = precision_ == Precision::int8 ? key_scales_.get() + index * slots_
                                                             : nullptr}};
}

HeadRows KvCache::values(int layer, int head) const {
  const std::size_t index = head_index(layer, head);
  const std::byte* data = values_.get() + index * value_bytes_;
  if (precision_ == Precision::f32) return {.rows = reinterpret_cast<const float*>(data)};
  return {.panels = {.precision = precision_,
                     .data = data,
                     .panel_size_bytes = panel_bytes(precision_, slots_),
                     .scales = precision_ == Precision::int8 ? value_scales_.get() + index * slots_
                                                             : nullptr}};
}

void KvCache::advance(std::int64_t count) {
  position_ += count;
  furthest_ = std::max(furthest_, position_);
}

void KvCache::rewind(std::int64_t position) {
  if (position < position_) shared_prefix_.diverge_at(position);
  position_ = position;
}

void KvCache::clear() {
  shared_prefix_.reset();
  position_ = furthest_ = 0;
}

std::int64_t KvCache::earliest_rewind() const {
  const std::int64_t overwritten = furthest_ - static_cast<std::int64_t>(slots_);
  return overwritten <= 0 ? 0 : overwritten + context_ - 1;
}

void KvCache::copy_from(const KvCache& other) {
  PNO_CHECK(slots_ == other.slots_ && precision_ == other.precision_ && layers_ == other.layers_ &&
                heads_ == other.heads_ && head_width_ == other.head_width_,
            "copy_from() needs a cache of the same shape");
  const bool has_wrapped = other.furthest_ > static_cast<std::int64_t>(slots_);
  const auto used = has_wrapped ? slots_ : static_cast<std::size_t>(other.position_);
  // Only used slots are copied, from the first full panel on: they are one range of the keys of a
  // head, and one range of each panel of its values.
  const std::size_t first = (slots_ - used) / kPanelRows * kPanelRows;
  const std::size_t value_panels = precision_ == Precision::f32 ? 1 : panel_count(head_width_);
  for (std::size_t head = 0; head < as_size(layers_ * heads_); ++head) {
    const auto copy_used = [&](auto& to, const auto& from, std::size_t begin, std::size_t size) {
      const std::size_t skipped = size / slots_ * first;  // size is a multiple of slots_
      std::copy_n(from.get() + begin + skipped, size - skipped, to.get() + begin + skipped);
    };
    copy_used(keys_, other.keys_, head * key_bytes_, key_bytes_);
    const std::size_t panel_size = value_bytes_ / value_panels;
    for (std::size_t panel = 0; panel < value_panels; ++panel) {
      copy_used(values_, other.values_, head * value_bytes_ + panel * panel_size, panel_size);
    }
    if (precision_ != Precision::int8) continue;
    copy_used(key_scales_, other.key_scales_, head * slots_, slots_);
    copy_used(value_scales_, other.value_scales_, head * slots_, slots_);
  }
  shared_prefix_ = other.shared_prefix_;
  shared_prefix_.diverge_at(other.position_);
  position_ = other.position_;
  furthest_ = has_wrapped ? other.furthest_ : other.position_;
}

CacheSlots KvCache::slots_of(std::int64_t newest, std::size_t count) const {
  PNO_CHECK(count <= slots_, "more positions than the cache has slots");
  const std::size_t first = slot(newest);
  const std::size_t lead = first % kPanelRows;
  const std::size_t before_end = std::min(count, slots_ - first);
  return {{{{first - lead, full_panels(lead + before_end)}, {0, full_panels(count - before_end)}}},
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
      keys_.get() + head * key_bytes_ + byte_offset(precision_, key_panel, slot, 0);
  std::byte* const to_value =
      values_.get() + head * value_bytes_ + byte_offset(precision_, value_panel, 0, slot);
  convert(precision_, key, head_width_, scale_in(key_scales_),
          [&](const Chunk& chunk, std::size_t begin, std::size_t size) {
            put_key(chunk, step_count(precision_, size),
                    to_key + step_count(precision_, begin) * kStepBytes);
          });
  convert(precision_, value, head_width_, scale_in(value_scales_),
          [&](const Chunk& chunk, std::size_t begin, std::size_t size) {
            std::byte* const to = to_value + panel_count(begin) * value_panel;
            if (precision_ == Precision::int8) {
              put_value<1>(chunk, size, to, value_panel);
            } else {
              put_value<2>(chunk, size, to, value_panel);
            }
          });
}

}  // namespace pno::infer
