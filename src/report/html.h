#pragma once

// Pieces of HTML that all pages have. Pages are self-contained: they load nothing.

#include <string>
#include <string_view>

namespace pno::report {

// Escapes "<", ">", "&" and quotes for HTML.
std::string escaped(const std::string& text);

// Base64 with padding (RFC 4648).
std::string base64(const std::string& bytes);

// Texts are escaped; the style is not.
struct PageOpening {
  std::string window_title;  // after "pno: "
  std::string brand;         // the kind of page, above the heading, after "pno · "
  std::string heading;
  std::string subtitle = {};    // below the heading; empty for none
  std::string_view style = {};  // CSS after that of all pages
};

// From the doctype to the end of <header>; <main> is open.
std::string opening_of(const PageOpening& page);
// Closes <main>, <body> and <html>.
inline constexpr std::string_view kPageEnd = "</main></body></html>\n";

// A figure in large digits above its name.
std::string tile(const std::string& name, const std::string& value);

// A row of a table with a name and a value.
std::string table_row(const std::string& name, const std::string& value);

}  // namespace pno::report
