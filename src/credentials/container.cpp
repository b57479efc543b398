#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "credentials/fetch.hpp"
#include "net/http_client.hpp"

namespace signpost::credentials {
namespace {

// The agents of ECS and EKS, which are reached without TLS.
constexpr std::array<std::string_view, 3> agents = {"169.254.170.2", "169.254.170.23",
                                                    "fd00:ec2::23"};

std::expected<std::string, std::string> token_of(const Container& container) {
  if (container.token_file.empty()) return container.token;
  auto text = read_small_file(container.token_file);
  if (!text) {
    return std::unexpected(fmt::format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {} cannot be read",
                                       container.token_file));
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return *std::move(text);
}

}  // namespace

std::expected<Timed, std::string> fetch(const Container& container) {
  const std::size_t authority = container.url.find("://");
  const std::size_t slash =
      authority == std::string::npos ? authority : container.url.find('/', authority + 3);
  Call request{.origin = container.url.substr(0, slash),
               .target = slash == std::string::npos ? "/" : container.url.substr(slash)};
  const auto origin = net::Origin::parse(request.origin);
  const bool clean = std::ranges::all_of(request.target, [](char c) { return c > ' ' && c < 127; });
  if (!origin || !clean) {
    return std::unexpected(
        fmt::format("the container's credentials: '{}' is no URL", container.url));
  }
  if (!origin->tls && !is_loopback_host(origin->host) &&
      std::ranges::find(agents, origin->host) == agents.end()) {
    return std::unexpected(fmt::format(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: {} would get the token without TLS; use https, this "
        "machine, or 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]",
        request.origin));
  }
  TRY(const std::string token, token_of(container));
  if (token.find_first_of("\r\n") != std::string::npos) {
    return std::unexpected("the container's authorization token has a line break");
  }
  if (!token.empty()) request.fields.emplace_back("Authorization", token);
  request.fields.emplace_back("Accept", "application/json");
  const std::string source = "the container's credentials endpoint";
  TRY(const Reply reply, call(request));
  if (reply.status != 200) {
    return std::unexpected(
        fmt::format("{} {} answered {}{}", source, request.origin, reply.status,
                    reply.status == 401 || reply.status == 403
                        ? ": check AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE) and the task's role"
                        : ""));
  }
  return parse_document(reply.body, source);
}

}  // namespace signpost::credentials
