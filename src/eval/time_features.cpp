#include "eval/time_features.h"

#include <algorithm>
#include <cmath>

#include "corpus/matching/pitch_grams.h"

namespace pno::eval {
namespace {

constexpr double kFirstBin_s = 0.03, kBinsPerOctave = 2;
constexpr std::int64_t kSecond_us = 1'000'000;
constexpr std::int64_t kGrooveCell_us = 100'000;
constexpr std::size_t kGrooveCells = 20;  // of a window

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

TimeHistogram histogram(const std::vector<double>& seconds) {
  TimeHistogram shares{};
  for (const double time : seconds) {
    shares[time_bin(time)] += 1 / static_cast<double>(seconds.size());
  }
  return shares;
}

std::vector<double> intervals(Notes notes) {
  const auto onsets = onset_times(notes);
  std::vector<double> result;
  for (std::size_t i = 1; i < onsets.size(); ++i) {
    result.push_back(static_cast<double>(onsets[i] - onsets[i - 1]) / 1e6);
  }
  return result;
}

std::vector<double> lengths(Notes notes) {
  std::vector<double> result;
  for (const auto& note : notes) result.push_back(note.length_us / 1e6);
  return result;
}

// Seconds in which at least one note sounds.
double sounding_seconds(Notes notes) {
  std::int64_t sum_us = 0, end_us = 0;  // `end_us`: of the notes so far
  for (const auto& note : notes) {
    const std::int64_t note_end_us = note.start_us + note.length_us;
    sum_us += std::max<std::int64_t>(note_end_us - std::max(note.start_us, end_us), 0);
    end_us = std::max(end_us, note_end_us);
  }
  return static_cast<double>(sum_us) / 1e6;
}

}  // namespace

double density(const Excerpt& excerpt) {
  return excerpt.length_us > 0 ? static_cast<double>(excerpt.notes.size()) / excerpt.seconds() : 0;
}

std::vector<std::int64_t> onset_times(Notes notes) {
  std::vector<std::int64_t> times;
  for (const auto& note : notes) {
    if (times.empty() || note.start_us - times.back() > corpus::kChordUs) {
      times.push_back(note.start_us);
    }
  }
  return times;
}

std::size_t time_bin(double seconds) {
  if (!(seconds >= kFirstBin_s)) return 0;
  const double octaves = std::log2(seconds / kFirstBin_s);
  return std::min(1 + static_cast<std::size_t>(octaves * kBinsPerOctave), kTimeBins - 1);
}

double inter_onset_median(Notes notes) {
  return median(intervals(notes));
}

TimeHistogram inter_onset_histogram(Notes notes) {
  return histogram(intervals(notes));
}

double length_median(Notes notes) {
  return median(lengths(notes));
}

TimeHistogram length_histogram(Notes notes) {
  return histogram(lengths(notes));
}

double mean_velocity(Notes notes) {
  double sum = 0;
  for (const auto& note : notes) sum += note.velocity;
  return notes.empty() ? 0 : sum / static_cast<double>(notes.size());
}

double velocity_range_of_second(Notes notes) {
  double sum = 0;
  int seconds = 0;
  for (std::size_t first = 0; first < notes.size();) {
    const std::int64_t second = notes[first].start_us / kSecond_us;
    int low = notes[first].velocity, high = low;
    std::size_t end = first + 1;
    for (; end < notes.size() && notes[end].start_us / kSecond_us == second; ++end) {
      low = std::min<int>(low, notes[end].velocity);
      high = std::max<int>(high, notes[end].velocity);
    }
    if (end - first > 1) {
      sum += high - low;
      ++seconds;
    }
    first = end;
  }
  return seconds > 0 ? sum / seconds : 0;
}

double polyphony(Notes notes) {
  double sum_s = 0;
  for (const auto& note : notes) sum_s += note.length_us / 1e6;
  const double sounding_s = sounding_seconds(notes);
  return sounding_s > 0 ? sum_s / sounding_s : 0;
}

double silence_share(const Excerpt& excerpt) {
  if (excerpt.length_us == 0) return 0;
  return std::clamp(1 - sounding_seconds(excerpt.notes) / excerpt.seconds(), 0.0, 1.0);
}

double onset_groove(const Excerpt& excerpt) {
  using Window = std::array<bool, kGrooveCells>;
  constexpr std::int64_t kWindow_us = kGrooveCell_us * static_cast<std::int64_t>(kGrooveCells);
  std::vector<Window> windows(static_cast<std::size_t>(excerpt.length_us / kWindow_us));
  for (const auto& note : excerpt.notes) {
    const auto window = static_cast<std::size_t>(note.start_us / kWindow_us);
    if (window >= windows.size()) continue;  // the last one is not whole
    windows[window][static_cast<std::size_t>(note.start_us % kWindow_us / kGrooveCell_us)] = true;
  }
  double sum = 0;
  int pairs = 0;
  for (std::size_t i = 1; i < windows.size(); ++i) {
    std::size_t same = 0, onsets = 0;
    for (std::size_t cell = 0; cell < kGrooveCells; ++cell) {
      same += windows[i - 1][cell] == windows[i][cell] ? 1U : 0U;
      onsets += windows[i - 1][cell] || windows[i][cell] ? 1U : 0U;
    }
    if (onsets == 0) continue;
    sum += static_cast<double>(same) / static_cast<double>(kGrooveCells);
    ++pairs;
  }
  return pairs > 0 ? sum / pairs : 0;
}

}  // namespace pno::eval
