#pragma once

// Remarks that are reported as one line: "a; b".

#include <string>

namespace pno::train {

class Notes {
 public:
  // An empty note adds nothing.
  void add(const std::string& note) {
    if (note.empty()) return;
    if (!text_.empty()) text_ += "; ";
    text_ += note;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace pno::train
