#pragma once

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"
#include "sigv4/verify.hpp"

// One signed request of each form, for the targets that take signatures apart.
namespace signpost::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline const sigv4::Credentials who{
    .access_key_id = "AKIAIOSFODNN7EXAMPLE",
    .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
inline const sigv4::AmzDate date = *sigv4::AmzDate::parse("20261124T040506Z");
inline constexpr std::string_view host = "127.0.0.1:9000";

inline sigv4::Endpoint endpoint() {
  return *sigv4::Endpoint::parse("http://127.0.0.1:9000", sigv4::Addressing::path_style);
}

inline const sigv4::Verifier& verifier() {
  static const sigv4::Verifier one(
      {.region = "us-east-1", .session_tokens = sigv4::SessionTokens::accept},
      [](std::string_view id) -> SharedSecret {
        if (id != who.access_key_id) return nullptr;
        return std::make_shared<const Secret>(who.secret_access_key);
      });
  return one;
}

// Whether the verifier says that it knows who sent the request.
inline bool verified(const sigv4::RequestView& request) {
  const auto outcome = verifier().verify(request, date.time());
  return outcome && std::holds_alternative<sigv4::Verified>(*outcome);
}

// What a handler would see of a pre-signed GET of /photos/a.
inline std::string presigned_query() {
  static const sigv4::Presigner presigner(who, "us-east-1", endpoint());
  static const sigv4::QueryParameter parameters[] = {
      {"response-content-type", "text/plain; x=\"1\""}, {"versionId", ""}};
  const std::string url = presigner.presign({.method = "GET",
                                             .bucket = "photos",
                                             .key = "a",
                                             .query = parameters,
                                             .date = date,
                                             .expires = std::chrono::seconds(180)});
  return url.substr(url.find('?') + 1);
}

}  // namespace signpost::fuzz
