#include "base/secret.hpp"

#include <openssl/crypto.h>

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
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool operator==(const Secret& a, const Secret& b) {
  return equal_in_constant_time(a.value_, b.value_);
}

}  // namespace signpost
