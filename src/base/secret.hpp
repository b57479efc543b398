#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace signpost {

// A password, key or token. It is wiped when it goes, cannot be printed (no operator<<, no fmt
// formatter), and compares in constant time. reveal() is the one way to the bytes: keep the view
// no longer than the call that needs it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  explicit Secret(std::string_view value) : value_(value) {}
  explicit Secret(const char* value) : value_(value) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void wipe();
  std::string value_;
};

// Equal, in a time that depends on the lengths alone (CRYPTO_memcmp).
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace signpost
