#include "corpus/csv_reader.h"

#include <algorithm>

namespace pno::corpus {

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool CsvReader::at_line_end() const {
  return rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n");
}

void CsvReader::skip_line_end() {
  if (rest_.empty()) return;
  rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
  ++line_;
}

// The text between two quotes; a doubled quote inside stands for one.
std::string CsvReader::quoted() {
  std::string field;
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t quote = std::min(rest_.find('"'), rest_.size());
    field += rest_.substr(0, quote);
    line_ += std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(quote), '\n');
    rest_.remove_prefix(quote);
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
  while (end < rest_.size() && rest_[end] != ',' && rest_[end] != '\n' &&
         rest_.substr(end, 2) != "\r\n") {
    ++end;
  }
  std::string field(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return field;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  while (!rest_.empty() && at_line_end()) skip_line_end();
  if (rest_.empty()) return false;
  record_line_ = line_;
  while (true) {
    std::string field = rest_.starts_with('"') ? quoted() : std::string();
    field += plain();  // what follows a closing quote, in texts that quote carelessly
    fields.push_back(std::move(field));
    if (at_line_end()) {
      skip_line_end();
      return true;
    }
    rest_.remove_prefix(1);  // the comma
  }
}

}  // namespace pno::corpus
