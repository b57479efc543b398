#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace signpost::sigv4 {

// Where the bucket's name stands: in the path (https://host/bucket/key) or in front of the host
// (https://bucket.host/key). S3 API reference, "Virtual hosting of buckets".
enum class Addressing : std::uint8_t { path_style, virtual_host };

// Why a text is no endpoint.
enum class EndpointError : std::uint8_t {
  no_scheme,      // neither http:// nor https://
  bad_authority,  // no host, user information, a port that is no port, a character no host has
  has_path,       // a path, query or fragment behind the host
};

// One sentence for a person.
std::string_view to_string(EndpointError error);

// An S3 service's base URL.
class Endpoint {
 public:
  // "https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:9000", "http://[::1]:9000"; one
  // final '/' is dropped. The host is taken in lower case, because that is what clients send.
  // Every EndpointError is possible.
  static std::expected<Endpoint, EndpointError> parse(std::string_view url, Addressing addressing);

  // "http" or "https".
  const std::string& scheme() const { return scheme_; }
  // Host and port as in the URL.
  const std::string& authority() const { return authority_; }
  // The Host field of a request for the service itself: without the scheme's default port.
  const std::string& service_host() const { return host_; }
  // Where buckets stand in its URLs.
  Addressing addressing() const { return addressing_; }

  // The Host field of a request for that bucket: without the scheme's default port, as every
  // client sends it. An empty bucket is the service itself (or a host that is the bucket).
  std::string host(std::string_view bucket) const;

 private:
  std::string scheme_;
  std::string authority_;
  std::string host_;  // authority_ without a default port
  Addressing addressing_ = Addressing::path_style;
};

}  // namespace signpost::sigv4
