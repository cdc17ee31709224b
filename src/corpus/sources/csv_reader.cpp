#include "corpus/sources/csv_reader.h"

#include <algorithm>

namespace pno::corpus {
namespace {

std::size_t line_end_bytes(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  return text.starts_with('\n') || text.starts_with('\r') ? 1 : 0;
}

std::int64_t count_line_ends(std::string_view text) {
  std::int64_t count = 0;
  for (; !text.empty(); ++count) {
    text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
    if (text.empty()) break;
    text.remove_prefix(line_end_bytes(text));
  }
  return count;
}

}  // namespace

bool CsvReader::at_line_end() const {
  return rest_.empty() || line_end_bytes(rest_) > 0;
}

void CsvReader::skip_line_end() {
  if (rest_.empty()) return;
  rest_.remove_prefix(line_end_bytes(rest_));
  ++line_;
}

// The text between two quotes; a doubled quote inside stands for one.
std::string CsvReader::quoted() {
  std::string field;
  rest_.remove_prefix(1);
  while (true) {
    const auto part = rest_.substr(0, rest_.find('"'));
    field += part;
    line_ += count_line_ends(part);
    rest_.remove_prefix(part.size());
    if (rest_.empty()) {
      unclosed_quote_ = true;
      return field;
    }
    rest_.remove_prefix(1);
    if (!rest_.starts_with('"')) return field;
    field += '"';
    rest_.remove_prefix(1);
  }
}

std::string CsvReader::plain() {
  std::size_t end = 0;
  while (end < rest_.size() && rest_[end] != separator_ && line_end_bytes(rest_.substr(end)) == 0) {
    ++end;
  }
  std::string field(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return field;
}

std::string CsvReader::field() {
  const auto is_blank = [&](char c) { return (c == ' ' || c == '\t') && c != separator_; };
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  std::string field = rest_.starts_with('"') ? quoted() : std::string();
  field += plain();  // what follows a closing quote, in texts that quote carelessly
  while (!field.empty() && is_blank(field.back())) field.pop_back();
  return field;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  while (!rest_.empty() && at_line_end()) skip_line_end();
  if (rest_.empty()) return false;
  record_line_ = line_;
  while (true) {
    fields.push_back(field());
    if (at_line_end()) {
      skip_line_end();
      return true;
    }
    rest_.remove_prefix(1);  // the separator
  }
}

}  // namespace pno::corpus
