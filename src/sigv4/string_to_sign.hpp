#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "sigv4/amz_date.hpp"

namespace signpost::sigv4 {

// "AWS4-HMAC-SHA256", the date, the scope and the hash of the canonical request, a line each
// (Signature Version 4, "create a string to sign"). On the stack for scopes up to 140 characters.
class StringToSign {
 public:
  // `scope` is "20130524/us-east-1/s3/aws4_request".
  StringToSign(const AmzDate& date, std::string_view scope, const Sha256Digest& canonical_request);
  // The four lines; they live as long as this object.
  std::string_view text() const {
    return long_.empty() ? std::string_view(short_.data(), size_) : std::string_view(long_);
  }

 private:
  std::size_t size_;
  std::array<char, 240> short_;
  std::string long_;
};

}  // namespace signpost::sigv4
