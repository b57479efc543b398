#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

// What passes between a command and whoever sits before it.
namespace signpost::cli {

// Asks on the terminal, without echo. UsageError, with the way around it, where there is none.
Secret ask_password(std::string_view prompt);
// The same, twice; UsageError where the two differ.
Secret ask_new_password(std::string_view prompt);
// Asks on the terminal, with echo.
std::string ask(std::string_view prompt);
// The next line of standard input, for --password-stdin. UsageError where there is none, or it is
// longer than a password may be.
Secret read_password_line();

// What a server or a user wrote, for the terminal: control characters, and those that turn or hide
// text (bidirectional controls, zero width), become "?", and so does what is not UTF-8.
std::string printable(std::string_view text);

// A note on standard error, after "signpost: ".
void note(std::string_view text);

}  // namespace signpost::cli
