#include "cli/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <system_error>

#include "base/limits.hpp"
#include "base/percent.hpp"
#include "cli/outcome.hpp"

namespace signpost::cli {
namespace {

// /dev/tty, so that asking works while standard input and output are redirected.
class Terminal {
 public:
  Terminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0)
      throw UsageError(
          "there is no terminal to ask on: use --password-stdin, and --username to sign in");
  }
  ~Terminal() { ::close(descriptor_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int descriptor() const { return descriptor_; }
  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw std::system_error(errno, std::generic_category(), "the terminal");
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
};

// No echo while this lives. A signal that ends the program meanwhile waits, so that it cannot leave
// the terminal dumb.
class NoEcho {
 public:
  explicit NoEcho(int descriptor) : descriptor_(descriptor) {
    sigset_t ending;
    sigemptyset(&ending);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&ending, signal);
    ::sigprocmask(SIG_BLOCK, &ending, &before_);
    ::tcgetattr(descriptor_, &state_);
    termios quiet = state_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    ::tcsetattr(descriptor_, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    ::tcsetattr(descriptor_, TCSAFLUSH, &state_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int descriptor_;
  termios state_{};
  sigset_t before_{};
};

// Ctrl-C and Ctrl-D, which make no signal while the echo is off.
bool is_given_up(char c) {
  return c == '\x03' || c == '\x04' || c == '\x1C';
}

// Up to the line's end, byte by byte, so that nothing behind it is taken. False where the input
// ended before anything came.
bool read_line(int descriptor, std::string& line) {
  bool any = false;
  for (char c = 0;;) {
    const ssize_t count = ::read(descriptor, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "reading a line");
    if (count == 0) return any;
    any = true;
    if (c == '\n') return true;
    if (::isatty(descriptor) == 1 && is_given_up(c)) throw UsageError("given up");
    line.push_back(c);
    if (line.size() > limits::password_bytes + 1)
      throw UsageError(fmt::format("a line of more than {} bytes", limits::password_bytes));
  }
}

Secret checked(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) throw UsageError("the password is empty");
  return Secret(std::move(line));
}

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

// Of well-formed UTF-8.
CodePoint first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  char32_t value = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) value = (value << 6) | (byte(i) & 0x3Fu);
  return {value, bytes};
}

bool misleads(char32_t c) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  return c < 0x20 || within(0x7F, 0x9F) || c == 0xAD || c == 0x61C || within(0x200B, 0x200F) ||
         within(0x2028, 0x202E) || within(0x2060, 0x206F) || c == 0xFEFF || within(0xFFF9, 0xFFFB);
}

}  // namespace

Secret ask_password(std::string_view prompt) {
  const Terminal terminal;
  terminal.write(prompt);
  std::string line;
  {
    const NoEcho quiet(terminal.descriptor());
    if (!read_line(terminal.descriptor(), line)) throw UsageError("given up");
  }
  terminal.write("\n");
  return checked(std::move(line));
}

Secret ask_new_password(std::string_view prompt) {
  Secret password = ask_password(prompt);
  if (ask_password("Once more: ") != password) throw UsageError("the two passwords differ");
  return password;
}

std::string ask(std::string_view prompt) {
  const Terminal terminal;
  terminal.write(prompt);
  std::string line;
  if (!read_line(terminal.descriptor(), line) || line.empty()) throw UsageError("given up");
  return line;
}

Secret read_password_line() {
  std::string line;
  if (!read_line(STDIN_FILENO, line))
    throw UsageError("--password-stdin: standard input ended before a password came");
  return checked(std::move(line));
}

std::string printable(std::string_view text) {
  std::string out;
  if (!is_utf8(text)) {
    for (const char c : text) out.push_back(c >= 0x20 && c < 0x7F ? c : '?');
    return out;
  }
  while (!text.empty()) {
    const CodePoint first = first_of(text);
    if (misleads(first.value)) {
      out.push_back('?');
    } else {
      out.append(text.substr(0, first.bytes));
    }
    text.remove_prefix(first.bytes);
  }
  return out;
}

void note(std::string_view text) {
  fmt::print(stderr, "signpost: {}\n", text);
}

}  // namespace signpost::cli
