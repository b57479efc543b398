#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace signpost::s3 {

// The body of an error answer ("REST error responses" of the S3 API reference).
struct ErrorDocument {
  std::string code;
  std::string message;
  std::string resource;
  std::string request_id;
  std::string host_id;
  // All other elements, in their order.
  std::vector<std::pair<std::string, std::string>> details;
};

// For the server. `resource` is the bucket or object asked for, as text.
std::string write_error(const Error& error, std::string_view resource, std::string_view request_id);
// For the client; takes any root named Error. Elements that are not there are empty.
std::expected<ErrorDocument, XmlError> parse_error(std::string_view body);

}  // namespace signpost::s3
