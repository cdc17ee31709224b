#include "cli/mood.h"

#include "cli/field_flags.h"

namespace pno::cli {

TextFields mood_fields(Mood mood) {
  switch (mood) {
    case Mood::none:
      break;
    case Mood::calm:
      return {{"density", "4"}};
    case Mood::free:
      return {{"temperature", "1"}, {"top_p", "1"}};
    case Mood::dense:
      return {{"density", "20"}};
  }
  return {};
}

std::string mood_help() {
  std::string text;
  for (const auto mood : {Mood::calm, Mood::free, Mood::dense}) {
    text += fmt::format("{}{}:", text.empty() ? "" : "; ", enum_name(mood));
    for (const auto& [field, value] : mood_fields(mood)) {
      text += fmt::format(" {} {}", flag_name(field), value);
    }
  }
  return text;
}

void apply_mood(Mood mood, TextFields& given) {
  for (const auto& [field, value] : mood_fields(mood)) {
    const auto found = given.find(field);
    if (found != given.end() && found->second.empty()) found->second = value;
  }
}

}  // namespace pno::cli
