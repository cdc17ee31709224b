#pragma once

// The files of the page that are part of the program. Without `cmake --build … --target page`
// before the program is built, there are none.

#include <span>
#include <string_view>

namespace pno::web {

struct PageFile {
  std::string_view path;  // "/index.html"
  std::string_view type;  // of its content: "text/html"
  std::string_view bytes;
};

std::span<const PageFile> page_files();

}  // namespace pno::web
