#include "domain/scope.hpp"

#include <utility>

namespace signpost::domain {

std::string_view to_text(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::write:
      return "write";
    case Scope::share:
      return "share";
    case Scope::admin:
      return "admin";
  }
  std::unreachable();
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (Scope scope : all_scopes)
    if (to_text(scope) == text) return scope;
  return std::nullopt;
}

std::optional<Scopes> Scopes::of_bits(std::int64_t bits) {
  Scopes out;
  for (Scope scope : all_scopes)
    if ((bits & static_cast<std::int64_t>(scope)) != 0) out.add(scope);
  if (out.bits() != bits) return std::nullopt;
  return out;
}

std::vector<std::string_view> Scopes::names() const {
  std::vector<std::string_view> out;
  for (Scope scope : all_scopes)
    if (has(scope)) out.push_back(to_text(scope));
  return out;
}

}  // namespace signpost::domain
