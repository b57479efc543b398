#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// "AWS4-HMAC-SHA256", the date, the scope and the hash of the canonical request, a line each
// (Signature Version 4, "create a string to sign"). On the stack for scopes up to 140 characters.
class StringToSign {
 public:
  // `scope` is "20130524/us-east-1/s3/aws4_request".
  StringToSign(const AmzDate& date, std::string_view scope, const Sha256Digest& canonical_request);
  // The four lines; they live as long as this object.
  std::string_view text() const { return {long_.empty() ? short_.data() : long_.data(), size_}; }
  // SigningKey::sign(text()), without copying the text.
  Signature sign(const SigningKey& key);

 private:
  std::size_t size_;
  std::array<char, 239 + sha256_padding> short_;
  std::string long_;
};

}  // namespace signpost::sigv4
