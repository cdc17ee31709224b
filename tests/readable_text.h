#pragma once

// The text of a source file that people read: comments, string literals, paragraphs. Text that is
// broken over several lines becomes one passage, with single spaces between its words.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pno::words {

struct Passage {
  std::string text;
  // Where the lines of the file begin in `text`: offsets that do not fall, and line numbers from 1.
  struct Line {
    std::size_t offset = 0;
    int number = 0;
  };
  std::vector<Line> lines;

  // The line of the file that the character at `offset` stands in.
  int line_at(std::size_t offset) const;
};

// C, C++ and CUDA: one passage for each block of comments and one for each string literal.
// Comments with nothing but white space between them are one block; so are adjacent string
// literals. Escape sequences for white space become spaces. Names, numbers, character literals and
// the rest of the code are left out.
struct SourceText {
  std::vector<Passage> comments;
  std::vector<Passage> strings;
};
SourceText read_source(std::string_view text);

// Scripts, CMake, TOML, Python, JavaScript, Dockerfiles: lines that begin with a comment sign
// (# // /* *) and follow each other are one passage, without the signs; every other line is one.
std::vector<Passage> read_script(std::string_view text);

// Markdown and plain text: paragraphs, list items, headings, and rows of tables.
std::vector<Passage> read_prose(std::string_view text);

// Jupyter notebooks: all of the text, without the quotes of its JSON strings, as one passage.
std::vector<Passage> read_notebook(std::string_view text);

}  // namespace pno::words
