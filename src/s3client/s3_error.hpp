#pragma once

#include <optional>
#include <string>

#include "net/http_client.hpp"
#include "s3/error.hpp"

namespace signpost::s3client {

// Why an operation failed: no whole answer (`transport`), or an answer that is an error.
struct S3Error {
  std::optional<net::ClientError> transport;
  unsigned status = 0;  // of HTTP; 0 with `transport`
  std::string code;     // S3's, "NoSuchKey"; empty where the answer had none (HEAD)
  std::string message;  // the store's own words, for the log, never for a user

  bool is_not_found() const { return status == 404; }
  bool is_precondition_failed() const { return status == 412; }
  bool is_range_not_satisfiable() const { return status == 416; }
  // One line for the log.
  std::string text() const;
};

}  // namespace signpost::s3client
