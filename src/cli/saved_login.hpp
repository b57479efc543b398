#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/secret.hpp"

// What `signpost login` keeps for the commands after it.
namespace signpost::cli {

struct SavedLogin {
  std::string server;       // "https://files.example.com"
  std::string cookie_name;  // "signpost_session"
  Secret cookie;
};

// $XDG_CONFIG_HOME/signpost/login.json, or ~/.config/signpost/login.json (XDG Base Directory
// Specification). UsageError where neither variable is set.
std::filesystem::path login_file();

// Nothing where nobody is signed in. UsageError, with the remedy, where others may read the file or
// it is not one of ours.
std::optional<SavedLogin> load_login();

// Replaces what was saved, in one step; the file has mode 0600, a folder made for it 0700. Throws
// std::system_error.
void save_login(const SavedLogin& login);

// Where there was one.
void forget_login();

}  // namespace signpost::cli
