#include "events/text.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/fields.h"
#include "base/text_encoding.h"

namespace pno::events {
namespace {

// The range of the values of a kind that the vocabulary has; empty for kinds with one id, whose
// text is a name alone.
std::optional<std::pair<int, int>> values_of(Kind kind, const Vocabulary& vocabulary) {
  const int least = Vocabulary::least_value(kind);
  const bool stands_alone = kind >= Kind::bos && !is_control(kind);
  if (stands_alone) return std::nullopt;
  return std::pair(least, least + vocabulary.values(kind) - 1);
}

// "NOTE_ON, NOTE_OFF, …": the kinds that the vocabulary has.
std::string kinds_of(const Vocabulary& vocabulary) {
  std::vector<std::string_view> names;
  for (int i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if (vocabulary.values(kind) > 0) names.push_back(enum_name(kind));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// A text for a message: shortened, without control characters.
std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string shown =
      text.size() > kLongest ? fmt::format("{}...", text.substr(0, kLongest)) : std::string(text);
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return fmt::format("'{}'", shown);
}

Expected<Event> parse_event(std::string_view text, const Vocabulary& vocabulary) {
  const auto name = text.substr(0, text.find_first_of(kBlanks));
  const auto value = trimmed(text.substr(name.size()));
  Event event;
  if (!parse_field(name, event.kind) || vocabulary.values(event.kind) == 0) {
    return fail("{} is not an event; an event is one of {}", quoted(name), kinds_of(vocabulary));
  }
  const auto allowed = values_of(event.kind, vocabulary);
  if (!allowed) {
    if (!value.empty()) return fail("{}: {} stands alone", quoted(text), name);
    return event;
  }
  if (!parse_field(value, event.value) || event.value < allowed->first ||
      event.value > allowed->second) {
    return fail("{}: {} holds a number from {} to {}", quoted(text), name, allowed->first,
                allowed->second);
  }
  return event;
}

}  // namespace

std::string to_text(std::span<const Token> tokens, const Vocabulary& vocabulary) {
  std::string text;
  for (const Token token : tokens) {
    const Event event = vocabulary.event(token);
    text += enum_name(event.kind);
    if (values_of(event.kind, vocabulary)) {
      text += ' ';
      text += std::to_string(event.value);
    }
    text += '\n';
  }
  return text;
}

Expected<std::vector<Token>> from_text(std::string_view bytes, const Vocabulary& vocabulary) {
  const std::string utf8 = utf8_text(bytes);
  std::string_view text = utf8;
  std::vector<Token> tokens;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto content = text.substr(0, end);
    const std::size_t line_end = text.substr(end).starts_with("\r\n") ? 2 : 1;
    text.remove_prefix(std::min(end + line_end, text.size()));
    const auto words = trimmed(content.substr(0, content.find('#')));
    if (words.empty()) continue;
    auto event = parse_event(words, vocabulary);
    if (!event) return fail("line {}: {}", line, event.error().message);
    tokens.push_back(vocabulary.token(*event));
  }
  return tokens;
}

}  // namespace pno::events
