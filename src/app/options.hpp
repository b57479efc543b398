#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "cli/outcome.hpp"

namespace signpost::app {

using cli::Exit;

struct ServeOptions {
  std::string config_file;  // empty: none
  std::string data = "signpost-data";
  std::vector<ConfigOption> settings;  // --listen and its like
  bool json = false;
};

struct StoreOptions {
  std::string data;
  std::string listen;
  std::string region = "us-east-1";
  std::string domain;
  std::string keep_uploads = "7d";
  std::string tls_certificate;  // PEM files; empty: plain HTTP
  std::string tls_key;
  bool json = false;
};

// What the supervisor hands to its gateway and its store. Nothing of it is secret: a command line
// can be read by every user of the machine.
struct ChildOptions {
  int config_fd = -1;       // a memory file with the configuration's text
  std::string config_name;  // for messages
  std::string config_directory;
  std::vector<std::string> settings;  // SETTING=VALUE
  std::string data;
  std::vector<int> listeners;
  int ready_fd = -1;  // a line is written here once requests are served
};

}  // namespace signpost::app
