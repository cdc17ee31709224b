#include "train/run/agreement.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/interrupt.h"
#include "train/run/checkpoint_request.h"

namespace pno::train {
namespace {

constexpr char kError = '!';  // the first character of a text that is an error

std::string line_of(const std::pair<const std::string, std::string>& field) {
  return fmt::format("{} {}\n", field.first, field.second);
}

std::string text_of(const Expected<TextFields>& own) {
  if (!own) return kError + own.error().message;
  std::string text = "\n";
  for (const auto& field : *own) {
    // Only the names of files, which may differ between machines.
    if (field.first != "data.sources") text += line_of(field);
  }
  return text;
}

// The first line of `text` that `first` does not have, without its end.
std::string difference(const std::string& text, const std::string& first) {
  for (std::size_t at = 1; at < text.size();) {
    const auto end = text.find('\n', at);
    if (first.find('\n' + text.substr(at, end + 1 - at)) == first.npos) {
      return ": its " + text.substr(at, end - at);
    }
    at = end + 1;
  }
  return "";
}

}  // namespace

Expected<void> agree_to_begin(Ranks& ranks, const Expected<TextFields>& own) {
  auto gathered = ranks.gather(text_of(own));
  if (!own) return tl::unexpected(own.error());
  PNO_TRY(const auto texts, std::move(gathered));
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    if (!texts[rank].starts_with(kError)) continue;
    return fail("rank {} stopped before the first step: {}", rank, texts[rank].substr(1));
  }
  for (std::size_t rank = 1; rank < texts.size(); ++rank) {
    if (texts[rank] == texts[0]) continue;
    return fail("rank {} was given another dataset or other flags than rank 0{}", rank,
                difference(texts[rank], texts[0]));
  }
  return {};
}

void Agreement::vote(bool time_is_up, std::int64_t saved_step) {
  const bool counts = ranks_.is_first();
  std::array votes = {interrupted() ? 1.0 : 0.0, take_checkpoint_request() ? 1.0 : 0.0,
                      counts && time_is_up ? 1.0 : 0.0,
                      counts ? static_cast<double>(saved_step) : 0.0};
  ranks_.sum(votes);
  stop_ = votes[0] > 0;
  checkpoint_ = votes[1] > 0;
  time_is_up_ = votes[2] > 0;
  saved_step_ = static_cast<std::int64_t>(votes[3]);
}

StepLosses Agreement::sum(const StepLosses& own) {
  std::array<double, kLossSums + 1> sums{};
  std::ranges::copy(to_sums(own), sums.begin());
  sums.back() = interrupted() ? 1.0 : 0.0;
  ranks_.sum(sums);
  stop_ = stop_ || sums.back() > 0;
  std::array<double, kLossSums> losses{};
  std::copy_n(sums.begin(), kLossSums, losses.begin());
  return from_sums(losses);
}

void Agreement::share(Progress& progress, std::int64_t saved_step, const Learner& learner) {
  const auto copy = [&](auto& value) {
    PNO_CHECK(read_progress(ranks_.broadcast(progress_text(value)), value),
              "rank 0 sent a field that cannot be read");
  };
  Progress::fields(progress, [&](std::string_view, auto& value) { copy(value); });
  saved_step_ = saved_step;
  copy(saved_step_);
  for (const auto& part : learner.state()) ranks_.broadcast(part);
}

}  // namespace pno::train
