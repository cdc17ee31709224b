#pragma once

// A terminal that shows frames and reads keys without Enter.

#include <memory>
#include <optional>
#include <string_view>

namespace pno::cli {

enum class Key { none, space, enter, left, right, plus, minus, quit };

class Terminal {
 public:
  // Empty if stdout is not a terminal, or if there is none for keys: stdin, or if that is a file,
  // the terminal that runs the program.
  static std::unique_ptr<Terminal> open();
  ~Terminal();  // the screen and its settings are as they were

  struct Size {
    int columns = 80, rows = 24;
  };
  Size size() const;                                 // now; it changes if the window does
  bool has_colours() const { return has_colours_; }  // 24 bits

  // Replaces what is shown. `frame` has a line for each row.
  void show(std::string_view frame) const;
  Key read_key() const;  // none if no key was pressed

 private:
  explicit Terminal(int keys);
  struct Settings;
  std::unique_ptr<Settings> before_;
  int keys_;  // file descriptor
  bool has_colours_ = false;
};

}  // namespace pno::cli
