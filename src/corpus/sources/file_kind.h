#pragma once

// The kind of a file by its name, and operations on names.

#include <string>
#include <string_view>

namespace pno::corpus {

enum class FileKind {
  other,
  midi,
  zip,
  csv,  // .tsv and .tab, too
  json,
  text,  // which may be a table, too
  licence,
  packed,  // an archive or compressed file that is not a zip
};

// By the last part of `name` and its extension, in capitals or not. The shadows that macOS puts
// beside files in zips ("._a.mid") are `other`.
FileKind file_kind(std::string_view name);

// "dir/a" for ("dir", "a"); "a" for ("", "a").
std::string join_name(std::string_view folder, std::string_view leaf);

// "dir" for "dir/a"; "" for "a"; "/" for "/a".
std::string_view folder_of(std::string_view name);

// Without "./", "//" and "x/..".
std::string normal_name(std::string_view name);

// The first line of a LICENSE file that says something, without the marks of a Markdown heading.
std::string licence_title(std::string_view text);

}  // namespace pno::corpus
