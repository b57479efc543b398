#include "jwt/algorithm.hpp"

#include <array>
#include <utility>

namespace signpost::jwt {

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (auto algorithm :
       std::array{Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA})
    if (name == to_text(algorithm)) return algorithm;
  return std::nullopt;
}

std::string_view to_text(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::HS256:
      return "HS256";
    case Algorithm::RS256:
      return "RS256";
    case Algorithm::ES256:
      return "ES256";
    case Algorithm::EdDSA:
      return "EdDSA";
  }
  std::unreachable();
}

}  // namespace signpost::jwt
