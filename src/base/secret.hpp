#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace signpost {

// A password, key or token. It is wiped when it goes, cannot be printed (no operator<<, no fmt
// formatter), and compares in constant time. reveal() is the one way to the bytes: keep the view
// no longer than the call that needs it.
class Secret {
 public:
  Secret() = default;  // an empty one
  // Takes the bytes over. What the caller keeps of them is the caller's to wipe.
  explicit Secret(std::string value) : value_(std::move(value)) {}
  // A copy.
  explicit Secret(std::string_view value) : value_(value) {}
  // A copy of a text that ends with a zero.
  explicit Secret(const char* value) : value_(value) {}
  // A second one, wiped by itself.
  Secret(const Secret&) = default;
  // The other is empty then.
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  // What was here before is wiped.
  Secret& operator=(const Secret& other);
  // What was here before is wiped, and the other is empty then.
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  // The bytes; the view lives as long as this object.
  std::string_view reveal() const { return value_; }
  // Whether there is none.
  bool empty() const { return value_.empty(); }

  // In a time that depends on the lengths alone.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void wipe();
  std::string value_;
};

// One that several hold, wiped when the last lets go of it.
using SharedSecret = std::shared_ptr<const Secret>;

// Equal, in a time that depends on the lengths alone (CRYPTO_memcmp).
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace signpost
