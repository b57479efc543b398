#pragma once

#include <exception>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "http/multipart_form.hpp"
#include "net/exchange.hpp"
#include "net/message.hpp"
#include "net/server.hpp"
#include "s3/error.hpp"
#include "s3/xml.hpp"
#include "sigv4/aws_chunked.hpp"
#include "sigv4/rejection.hpp"
#include "storage/object.hpp"

// What can go wrong on each side, as S3's errors. Every switch is total.
namespace signpost::s3server {

// Why an operation was not done: S3's error, and fields that its answer carries beside.
struct Failure {
  s3::Error error;
  net::Headers headers = {};

  Failure(s3::Error e) : error(std::move(e)) {}  // NOLINT: meant to convert
  Failure(s3::ErrorCode code, std::string message = {}) : error{code, std::move(message), {}} {}
  Failure& detail(std::string name, std::string value) {
    error.details.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

// Nothing: the operation has answered.
using Outcome = std::expected<void, Failure>;

Failure failure_of(storage::Refusal refusal);
Failure failure_of(const sigv4::Rejection& rejection);
Failure failure_of(sigv4::ChunkedError error);
Failure failure_of(net::BodyError error);
Failure failure_of(s3::XmlError error);
Failure failure_of(http::FormError error);
// InsufficientStorage where the disk is full, ServiceUnavailable where it may pass, InternalError
// otherwise; what it was goes to the log alone.
Failure failure_of(const std::exception& error);

// What the server answers by itself (net::Fallback).
net::Fallback error_fallback();

// 16 upper-case hexadecimal digits, as S3 has them.
std::string make_request_id();

}  // namespace signpost::s3server
