#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "credentials/source.hpp"

// One kind of source a function, one a file. All block. Internal to credentials.
namespace signpost::credentials {

inline std::expected<Timed, std::string> fetch(const Given& given) {
  return given.timed;
}
std::expected<Timed, std::string> fetch(const Process& process);
std::expected<Timed, std::string> fetch(const WebIdentity& identity);
std::expected<Timed, std::string> fetch(const Container& container);
std::expected<Timed, std::string> fetch(const InstanceMetadata& instance);

// The JSON document that containers, the instance ("Token") and programs ("SessionToken") give.
// `source` becomes Timed::source. The error is a sentence without anything of the document that
// could be secret.
std::expected<Timed, std::string> parse_document(std::string_view json, std::string source);

struct Call {
  std::string method = "GET";
  std::string origin;  // "http://169.254.169.254"
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string body = {};
  std::chrono::milliseconds deadline{5000};
};
struct Reply {
  unsigned status = 0;
  std::string body;  // 64 KiB at most
};
// One request, on a thread of its own making: it is over after the deadline, whatever happens. The
// error names the origin.
std::expected<Reply, std::string> call(const Call& request);

// Whether that host is this machine, where a token may go without TLS.
bool is_loopback_host(std::string_view host);

}  // namespace signpost::credentials
