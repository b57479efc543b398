#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "s3client/s3_client.hpp"

namespace signpost::s3client {

// One request to the store, before it is signed.
struct S3Client::Call {
  std::string_view method;
  std::string_view key = {};  // empty: the bucket
  std::vector<sigv4::QueryParameter> query = {};
  // All are signed. Names as they go onto the wire.
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string body = {};  // written by round_trip()
  bool has_body = false;
  std::uint64_t content_length = 0;
  std::string_view payload_hash = sigv4::empty_payload;
};

// What the store's refusal says. Reads the rest of the answer.
net::Task<S3Error> read_error(const net::ResponseHead& head, net::ClientExchange& exchange);
S3Error transport_error(net::ClientError error);
std::string unquoted(std::string_view etag);
std::string field_or_empty(const net::ResponseHead& head, std::string_view name);
std::optional<std::string> optional_field(const net::ResponseHead& head, std::string_view name);

}  // namespace signpost::s3client
