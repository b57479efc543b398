#include "domain/account.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/ascii.hpp"

namespace signpost::domain {

bool is_username(std::string_view text) {
  constexpr std::size_t longest = 64;
  // Clients take these two out of a path: nobody could change or disable such a user.
  if (text == "." || text == "..") return false;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

Principal principal_of(const User& user) {
  auto principal = Principal::user(local_issuer, user.username);
  if (!principal) throw std::runtime_error("the catalog holds a user of no proper name");
  return *std::move(principal);
}

}  // namespace signpost::domain
