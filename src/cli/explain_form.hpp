#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cli/finding.hpp"
#include "cli/presigned_url.hpp"
#include "credentials/timed.hpp"
#include "sigv4/amz_date.hpp"

namespace signpost::cli {

// A header field that goes with the request.
struct HeaderField {
  std::string name;
  std::string value;
};

// What the URL says of its signature, as far as it can be read.
struct SignatureClaim {
  std::string access_key_id;
  std::string scope;  // "20261124/us-east-1/s3/aws4_request"
  std::string day;
  std::string region;
  std::string service;
  std::optional<sigv4::AmzDate> date;
  std::optional<std::chrono::seconds> expires;
  std::string signed_headers;  // "content-type;host"
  std::string signature;
  bool has_token = false;

  std::optional<UnixSeconds> ends_at() const {
    if (!date || !expires) return std::nullopt;
    return date->time() + *expires;
  }
  // Whether a field of that name is signed.
  bool signs(std::string_view lower_name) const;
};

SignatureClaim read_claim(const PresignedUrl& url);

struct Circumstances {
  UnixSeconds now;
  // Fields that the sender sends, beside Host.
  std::vector<HeaderField> fields;
  // Whether `fields` are all of them: the request is described or about to be sent.
  bool fields_are_known = false;
  // Null: none were found.
  const credentials::Timed* who = nullptr;
};

// What is wrong that can be seen without a secret: the form of the URL, times, and the fields that
// go with it.
Findings check_form(const PresignedUrl& url, const SignatureClaim& claim,
                    const Circumstances& circumstances);

}  // namespace signpost::cli
