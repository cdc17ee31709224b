#include "cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace pno::cli {
namespace {

// ANSI X3.64: the other screen, without a cursor; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l", kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

struct Terminal::Settings {
  termios value{};
};

std::unique_ptr<Terminal> Terminal::open() {
  if (::isatty(STDOUT_FILENO) == 0) return nullptr;
  const bool has_stdin = ::isatty(STDIN_FILENO) != 0;
  const int keys = has_stdin ? STDIN_FILENO : ::open("/dev/tty", O_RDONLY | O_CLOEXEC);
  if (keys < 0) return nullptr;
  return std::unique_ptr<Terminal>(new Terminal(keys));
}

Terminal::Terminal(int keys) : before_(std::make_unique<Settings>()), keys_(keys) {
  ::tcgetattr(keys_, &before_->value);
  termios raw = before_->value;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C stays a signal
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(keys_, TCSANOW, &raw);
  const char* colours = std::getenv("COLORTERM");
  const std::string_view said = colours == nullptr ? "" : colours;
  has_colours_ = said == "truecolor" || said == "24bit";
  write_all(kEnter);
}

Terminal::~Terminal() {
  write_all(kLeave);
  ::tcsetattr(keys_, TCSANOW, &before_->value);
  if (keys_ != STDIN_FILENO) ::close(keys_);
}

Terminal::Size Terminal::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, window.ws_row};
}

void Terminal::show(std::string_view frame) const {
  write_all(std::string(kHome) + std::string(frame));
}

Key Terminal::read_key() const {
  pollfd input{.fd = keys_, .events = POLLIN, .revents = 0};
  if (::poll(&input, 1, 0) <= 0) return Key::none;
  char bytes[8] = {};
  const auto size = ::read(keys_, bytes, sizeof bytes);
  if (size <= 0) return Key::none;
  const std::string_view text(bytes, static_cast<std::size_t>(size));
  if (text == "\x1b[C") return Key::right;
  if (text == "\x1b[D") return Key::left;
  switch (text.front()) {
    case ' ':
      return Key::space;
    case '\n':
    case '\r':
      return Key::enter;
    case '+':
    case '=':
      return Key::plus;
    case '-':
      return Key::minus;
    case 'q':
      return Key::quit;
    default:
      return Key::none;
  }
}

}  // namespace pno::cli
