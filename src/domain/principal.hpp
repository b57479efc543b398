#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "domain/scope.hpp"

namespace signpost::domain {

// The issuer of accounts that the catalog itself keeps.
inline constexpr std::string_view local_issuer = "local";

// "KIND:ISSUER:NAME", kept as one text, which is what nearly everything asks for.
class IssuedName {
 public:
  IssuedName(std::string_view kind, std::string_view issuer, std::string_view name);
  std::string_view issuer() const { return std::string_view(text_).substr(issuer_at_, issuer_); }
  std::string_view name() const { return std::string_view(text_).substr(issuer_at_ + issuer_ + 1); }
  const std::string& text() const { return text_; }
  friend bool operator==(const IssuedName&, const IssuedName&) = default;

 private:
  std::string text_;
  std::uint16_t issuer_at_;  // where the issuer begins
  std::uint16_t issuer_;     // its length
};

// Who someone is: `user:ISSUER:SUBJECT`. The issuer is a configured name of 1 to 64 characters of
// A-Z a-z 0-9 . _ -; the subject is what the issuer says: 1 to 255 bytes of UTF-8 without control
// characters, colons included.
class Principal {
 public:
  // Nothing where a part breaks the rules above.
  static std::optional<Principal> user(std::string_view issuer, std::string_view subject);
  static std::optional<Principal> parse(std::string_view text);

  std::string_view issuer() const { return name_.issuer(); }
  std::string_view subject() const { return name_.name(); }
  // "user:ISSUER:SUBJECT".
  const std::string& text() const { return name_.text(); }

  friend bool operator==(const Principal&, const Principal&) = default;

 private:
  explicit Principal(IssuedName name) : name_(std::move(name)) {}
  IssuedName name_;
};

// `group:ISSUER:NAME`, by the same rules. A group of one issuer is never that of another.
class Group {
 public:
  static std::optional<Group> of(std::string_view issuer, std::string_view name);
  static std::optional<Group> parse(std::string_view text);

  std::string_view issuer() const { return name_.issuer(); }
  std::string_view name() const { return name_.name(); }
  // "group:ISSUER:NAME".
  const std::string& text() const { return name_.text(); }

  friend bool operator==(const Group&, const Group&) = default;

 private:
  explicit Group(IssuedName name) : name_(std::move(name)) {}
  IssuedName name_;
};

// How a caller showed who it is. A browser adds cookies by itself, so what a cookie authenticates
// needs the CSRF checks.
enum class Authentication { session_cookie, issuer_cookie, bearer_token };
constexpr bool is_by_cookie(Authentication how) {
  return how == Authentication::session_cookie || how == Authentication::issuer_cookie;
}

// An authenticated caller. Nobody is expressed by having none (a null pointer, an empty optional).
struct Caller {
  Principal principal;
  std::vector<Group> groups;
  bool admin = false;
  Authentication authentication = Authentication::bearer_token;
  // When the session or token ends: nothing signed for this caller may live longer.
  std::optional<UnixSeconds> ends_at;
  // What the API token may do that was shown; everything for who needed none.
  Scopes scopes = Scopes::all();
  std::optional<std::string> token_id;    // that token's
  std::optional<std::string> session_id;  // of the session that was shown
};

}  // namespace signpost::domain
