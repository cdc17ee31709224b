#include "readable_text.h"

#include <algorithm>
#include <cctype>

namespace pno::words {
namespace {

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

void add_char(Passage& passage, char c) {
  if (!is_space(c)) {
    passage.text += c;
  } else if (!passage.text.empty() && passage.text.back() != ' ') {
    passage.text += ' ';
  }
}

void begin_line(Passage& passage, int number) {
  if (!passage.lines.empty() && passage.lines.back().number == number) return;
  passage.lines.push_back({passage.text.size(), number});
}

// Appends a line of a file; a space divides it from the line before.
void add_line(Passage& passage, std::string_view line, int number) {
  add_char(passage, ' ');
  begin_line(passage, number);
  for (const char c : trimmed(line)) add_char(passage, c);
}

// Calls visit(line, number) for every line.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The phases of translation of C++ (ISO/IEC 14882, [lex]) as far as they matter here.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  SourceText read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_space(c)) {
        take();
      } else if (begins_with("//")) {
        line_comment();
      } else if (begins_with("/*")) {
        block_comment();
      } else if (c == '"') {
        string();
      } else if (c == '\'') {
        character();
      } else if (is_digit(c)) {
        number();
      } else if (is_name(c)) {
        name();
      } else {
        take();
        last_ = Last::code;
      }
    }
    return std::move(result_);
  }

 private:
  // The kind of the last token, white space aside.
  enum class Last { code, comment, string };

  bool begins_with(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  char take() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }

  // The passage that a new token of this kind is added to.
  Passage& passage(Last kind, std::vector<Passage>& passages) {
    if (last_ != kind || passages.empty()) passages.emplace_back();
    last_ = kind;
    begin_line(passages.back(), line_);
    return passages.back();
  }

  void add(Passage& to, char c) {
    begin_line(to, line_);
    add_char(to, c);
  }

  void line_comment() {
    auto& to = passage(Last::comment, result_.comments);
    while (begins_with("/")) take();
    add(to, ' ');
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (begins_with("\\\n")) take();
      add(to, take());
    }
  }

  void block_comment() {
    auto& to = passage(Last::comment, result_.comments);
    at_ += 2;
    add(to, ' ');
    bool is_line_start = true;
    while (at_ < text_.size() && !begins_with("*/")) {
      const int line = line_;
      const char c = take();
      if (line_ != line) is_line_start = true;
      // The stars before the lines of a block are not text.
      if (is_line_start && (c == '*' || is_space(c))) {
        add(to, ' ');
        continue;
      }
      is_line_start = false;
      begin_line(to, line);
      add_char(to, c);
    }
    at_ = std::min(at_ + 2, text_.size());
  }

  void string() {
    auto& to = passage(Last::string, result_.strings);
    take();
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
      const int line = line_;
      char c = take();
      if (c == '\\' && at_ < text_.size()) {
        c = take();
        if (c == '\n') continue;  // the literal continues on the next line
        if (c == 'n' || c == 't' || c == 'r' || c == 'v' || c == 'f') c = ' ';
      }
      begin_line(to, line);
      add_char(to, c);
    }
    if (at_ < text_.size() && text_[at_] == '"') take();
  }

  void raw_string() {
    auto& to = passage(Last::string, result_.strings);
    take();
    const auto open = std::min(text_.find('(', at_), text_.size());
    std::string close = ")";
    close.append(text_.substr(at_, open - at_)).push_back('"');
    at_ = std::min(open + 1, text_.size());
    const auto end = std::min(text_.find(close, at_), text_.size());
    while (at_ < end) {
      const int line = line_;
      const char c = take();
      begin_line(to, line);
      add_char(to, c);
    }
    at_ = std::min(end + close.size(), text_.size());
  }

  void character() {
    take();
    while (at_ < text_.size() && text_[at_] != '\'' && text_[at_] != '\n') {
      if (take() == '\\' && at_ < text_.size()) take();
    }
    if (at_ < text_.size() && text_[at_] == '\'') take();
    last_ = Last::code;
  }

  // 1'000'000 and 0x1p-3f: a quote inside a number does not begin a character literal.
  void number() {
    while (at_ < text_.size() &&
           (is_name(text_[at_]) || text_[at_] == '.' ||
            (text_[at_] == '\'' && at_ + 1 < text_.size() && is_name(text_[at_ + 1])))) {
      take();
    }
    last_ = Last::code;
  }

  void name() {
    const auto begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) take();
    const auto word = text_.substr(begin, at_ - begin);
    if (begins_with("\"")) {
      if (word == "R" || word == "LR" || word == "uR" || word == "UR" || word == "u8R") {
        return raw_string();
      }
      if (word == "L" || word == "u" || word == "U" || word == "u8") return string();
    }
    last_ = Last::code;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  Last last_ = Last::code;
  SourceText result_;
};

// Whether a line of prose begins a passage of its own: a heading, a row, a list item, a fence.
bool begins_passage(std::string_view line) {
  if (line.starts_with("```") || line.starts_with('#') || line.starts_with('|')) return true;
  if (line.starts_with("- ") || line.starts_with("* ")) return true;
  const auto dot = line.find(". ");
  return dot != line.npos && dot > 0 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(dot), is_digit);
}

}  // namespace

int Passage::line_at(std::size_t offset) const {
  int number = lines.empty() ? 0 : lines.front().number;
  for (const auto& line : lines) {
    if (line.offset <= offset) number = line.number;
  }
  return number;
}

SourceText read_source(std::string_view text) {
  return Lexer(text).read();
}

std::vector<Passage> read_script(std::string_view text) {
  std::vector<Passage> passages;
  bool after_comment = false;
  for_each_line(text, [&](std::string_view line, int number) {
    line = trimmed(line);
    const bool is_comment = line.starts_with('#') || line.starts_with("//") ||
                            line.starts_with("/*") || line.starts_with('*');
    if (!is_comment || !after_comment) passages.emplace_back();
    line.remove_prefix(is_comment ? std::min(line.find_first_not_of("#/*"), line.size()) : 0);
    add_line(passages.back(), line, number);
    after_comment = is_comment;
  });
  return passages;
}

std::vector<Passage> read_prose(std::string_view text) {
  std::vector<Passage> passages(1);
  for_each_line(text, [&](std::string_view line, int number) {
    line = trimmed(line);
    if (line.starts_with("> ")) line = trimmed(line.substr(2));
    if (line.empty() || begins_passage(line)) passages.emplace_back();
    add_line(passages.back(), line, number);
  });
  return passages;
}

std::vector<Passage> read_notebook(std::string_view text) {
  std::vector<Passage> passages(1);
  for_each_line(text, [&](std::string_view line, int number) {
    line = trimmed(line);
    if (line.ends_with(',')) line.remove_suffix(1);
    if (line.starts_with('"')) line.remove_prefix(1);
    if (line.ends_with('"')) line.remove_suffix(1);
    if (line.ends_with("\\n")) line.remove_suffix(2);
    add_line(passages.back(), line, number);
  });
  return passages;
}

}  // namespace pno::words
