#include "base/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace signpost {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() {
  // The capacity too: a moved-from small string leaves its bytes behind the terminator.
  OPENSSL_cleanse(value_.data(), value_.capacity());
  value_.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // OpenSSL compares sixteen bytes at once, and any other number one by one.
  int difference = 0;
  for (std::size_t at = 0; at < a.size(); at += 16)
    difference |=
        CRYPTO_memcmp(a.data() + at, b.data() + at, std::min<std::size_t>(16, a.size() - at));
  return difference == 0;
}

bool operator==(const Secret& a, const Secret& b) {
  return equal_in_constant_time(a.value_, b.value_);
}

}  // namespace signpost
