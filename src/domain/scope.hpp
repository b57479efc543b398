#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace signpost::domain {

// What an API token may be used for. None includes another: a token has those that it was given.
enum class Scope : std::uint8_t { read = 1, write = 2, share = 4, admin = 8 };
inline constexpr std::array all_scopes{Scope::read, Scope::write, Scope::share, Scope::admin};

std::string_view to_text(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (Scope scope : scopes) add(scope);
  }
  // What someone may do who shows no token but signs in: everything.
  static constexpr Scopes all() {
    Scopes out;
    for (Scope scope : all_scopes) out.add(scope);
    return out;
  }
  // Nothing where a bit is set that is none of ours.
  static std::optional<Scopes> of_bits(std::int64_t bits);

  constexpr void add(Scope scope) { bits_ |= static_cast<std::uint8_t>(scope); }
  constexpr bool has(Scope scope) const { return (bits_ & static_cast<std::uint8_t>(scope)) != 0; }
  constexpr bool contains(Scopes other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr std::int64_t bits() const { return bits_; }
  std::vector<std::string_view> names() const;

  friend constexpr bool operator==(const Scopes&, const Scopes&) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace signpost::domain
