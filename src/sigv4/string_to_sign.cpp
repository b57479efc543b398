#include "sigv4/string_to_sign.hpp"

#include "base/hex.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/encoding.hpp"

namespace signpost::sigv4 {

StringToSign::StringToSign(const AmzDate& date, std::string_view scope,
                           const Sha256Digest& canonical_request)
    : size_(algorithm.size() + date.text().size() + scope.size() + 64 + 3) {
  char* out = short_.data();
  if (size_ + sha256_padding > short_.size()) {
    long_.resize(size_ + sha256_padding);
    out = long_.data();
  }
  out = copy_to(out, algorithm);
  *out++ = '\n';
  out = copy_to(out, date.text());
  *out++ = '\n';
  out = copy_to(out, scope);
  *out++ = '\n';
  const auto digits = hex_digits(canonical_request);
  copy_to(out, {digits.data(), digits.size()});
}

Signature StringToSign::sign(const SigningKey& key) {
  return Signature(key.hmac().sign_in_place(long_.empty() ? short_.data() : long_.data(), size_));
}

}  // namespace signpost::sigv4
