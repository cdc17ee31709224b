#include "train/step/crop_queue.h"

#include <algorithm>

namespace pno::train {

constexpr std::size_t kStepsAhead = 4;

namespace {

// Adds crops one after the other to batches.
class CropWriter {
 public:
  explicit CropWriter(const CropSource& source)
      : source_(source),
        tokens_(static_cast<std::size_t>(source.context) + 1),
        grammar_(source.vocabulary) {}

  void add(std::uint64_t crop, Batch& into) {
    if (const auto* examples = std::get_if<const corpus::ExampleSampler*>(&source_.sampler)) {
      return into.add((*examples)->draw(crop), source_.vocabulary);
    }
    const auto* crops = std::get<const corpus::CropSampler*>(source_.sampler);
    const int music = crops->draw(crop, tokens_, grammar_);
    into.add(tokens_, static_cast<std::size_t>(music), grammar_);
  }

 private:
  const CropSource& source_;
  std::vector<events::Token> tokens_;
  events::Grammar grammar_;
};

}  // namespace

std::vector<Batch> draw_step(const CropSource& source, std::int64_t first_crop) {
  const auto& config = source.config;
  const auto first = source.share.first(config.batch);
  const auto rows = source.share.end(config.batch) - first;
  const auto count = std::min<std::int64_t>(config.accumulate, rows);
  std::vector<Batch> parts(static_cast<std::size_t>(count));
  CropWriter writer(source);
  for (auto row = first; row < first + rows; ++row) {
    auto& part = parts[static_cast<std::size_t>((row - first) * count / rows)];
    if (part.rows == 0) part.first_row = row;
    part.length = source.context;
    writer.add(static_cast<std::uint64_t>(first_crop + row), part);
  }
  return parts;
}

CropQueue::CropQueue(const CropSource& source, std::int64_t first_crop)
    : source_(source), thread_([this, first_crop] { draw_ahead(first_crop); }) {}

CropQueue::~CropQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::vector<Batch> CropQueue::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty() || failure_; });
  if (ready_.empty()) std::rethrow_exception(failure_);
  auto parts = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return parts;
}

void CropQueue::draw_ahead(std::int64_t first_crop) {
  try {
    draw_until_stopped(first_crop);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

void CropQueue::draw_until_stopped(std::int64_t first_crop) {
  for (;; first_crop += source_.config.batch) {
    auto parts = draw_step(source_, first_crop);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || ready_.size() < kStepsAhead; });
    if (stopping_) return;
    ready_.push_back(std::move(parts));
    changed_.notify_all();
  }
}

}  // namespace pno::train
