#include "domain/grant.hpp"

#include <utility>

namespace signpost::domain {

std::optional<Grantee> parse_grantee(std::string_view text) {
  if (text == "anyone") return Anyone{};
  if (auto principal = Principal::parse(text)) return *std::move(principal);
  if (auto group = Group::parse(text)) return *std::move(group);
  return std::nullopt;
}

std::string to_text(const Grantee& grantee) {
  if (const auto* principal = std::get_if<Principal>(&grantee)) return principal->text();
  if (const auto* group = std::get_if<Group>(&grantee)) return group->text();
  return "anyone";
}

std::vector<Grantee> grantees_of(const Caller* caller) {
  std::vector<Grantee> out{Anyone{}};
  if (caller == nullptr) return out;
  out.emplace_back(caller->principal);
  for (const Group& group : caller->groups) out.emplace_back(group);
  return out;
}

std::string_view to_text(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::editor:
      return "editor";
  }
  std::unreachable();
}

std::optional<Role> parse_role(std::string_view text) {
  for (Role role : {Role::viewer, Role::editor})
    if (text == to_text(role)) return role;
  return std::nullopt;
}

}  // namespace signpost::domain
