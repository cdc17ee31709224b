#pragma once

// Separated values, RFC 4180: fields may be quoted, and then hold separators, line ends and doubled
// quotes. Lines end in \r\n, \n or \r. Blanks around a field are not part of it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pno::corpus {

class CsvReader {
 public:
  // `text` is UTF-8 without a byte order mark (base/text_encoding.h) and outlives the reader.
  explicit CsvReader(std::string_view text, char separator = ',')
      : rest_(text), separator_(separator) {}

  // The next record that is not an empty line; false at the end.
  bool next(std::vector<std::string>& fields);

  // The line, from 1, that the last record began on.
  std::int64_t line() const { return record_line_; }

  // Whether the text ended inside a quoted field.
  bool unclosed_quote() const { return unclosed_quote_; }

 private:
  std::string field();
  std::string quoted();
  std::string plain();
  bool at_line_end() const;
  void skip_line_end();

  std::string_view rest_;
  char separator_;
  std::int64_t line_ = 1, record_line_ = 1;
  bool unclosed_quote_ = false;
};

}  // namespace pno::corpus
