#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::cli {

// A URL as somebody has it in hand, taken apart and not repaired: nothing is decoded.
struct PresignedUrl {
  struct Parameter {
    std::string name;   // decoded
    std::string value;  // decoded
    std::string raw;    // as it stands, "name=value"
  };
  std::string scheme;     // "http" or "https"
  std::string authority;  // host and port, as they stand
  std::string path;       // raw, from the first '/'
  std::string query;      // raw
  std::vector<Parameter> parameters;

  // Nothing where it is no http(s) URL with a host. A fragment is dropped: no client sends it.
  static std::optional<PresignedUrl> parse(std::string_view text);

  // The decoded value of the first parameter so named.
  std::optional<std::string_view> get(std::string_view name) const;
  // The value of Host that a client sends: lower case, without the scheme's default port.
  std::string host() const;
};

// The parameters of the signature itself.
bool is_signature_parameter(std::string_view name);

// The bucket and the key that a URL means.
struct UrlTarget {
  std::string bucket;
  std::string key;
  bool in_host = false;  // the bucket stands in front of the host
};
// In front of Amazon's hosts, and of `store_host` where that is known; else in the path.
UrlTarget target_of(const PresignedUrl& url, std::string_view store_host);

}  // namespace signpost::cli
