#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>

#include "base/try.hpp"
#include "credentials/fetch.hpp"
#include "net/http_client.hpp"

namespace signpost::credentials {
namespace {

constexpr std::size_t reply_bytes = 64 * 1024;

using Outcome = std::expected<Reply, net::ClientError>;

net::Task<Outcome> exchange(net::HttpClient& client, net::Origin origin, const Call& request) {
  net::ClientRequest head;
  head.method = request.method;
  head.target = request.target;
  for (const auto& [name, value] : request.fields) head.headers.add(name, value);
  head.has_body = request.method == "PUT" || request.method == "POST";
  head.content_length = request.body.size();
  CO_TRY(auto under_way, co_await client.send(std::move(origin), std::move(head)));
  if (!request.body.empty()) CO_TRYV(co_await under_way->write(request.body));
  CO_TRY(const net::ResponseHead answer, co_await under_way->read_head());
  CO_TRY(std::string body, co_await under_way->read_all(reply_bytes));
  co_return Reply{answer.status, std::move(body)};
}

std::string_view words(net::ClientError error) {
  switch (error) {
    case net::ClientError::unreachable:
      return "cannot be reached";
    case net::ClientError::timed_out:
      return "does not answer";
    case net::ClientError::malformed:
      return "gives a malformed answer";
    case net::ClientError::closed:
      return "closes the connection";
  }
  std::unreachable();
}

}  // namespace

std::expected<Reply, std::string> call(const Call& request) {
  auto origin = net::Origin::parse(request.origin);
  if (!origin) return std::unexpected(fmt::format("'{}' is no http(s)://HOST", request.origin));
  net::asio::io_context context;
  net::HttpClient client(context);
  std::optional<Outcome> outcome;
  net::asio::co_spawn(context, exchange(client, *std::move(origin), request),
                      [&](const std::exception_ptr& error, Outcome result) {
                        outcome = error ? Outcome(std::unexpected(net::ClientError::unreachable))
                                        : std::move(result);
                        context.stop();
                      });
  context.run_for(request.deadline);
  if (!outcome) outcome = std::unexpected(net::ClientError::timed_out);
  if (!*outcome) {
    return std::unexpected(fmt::format("{} {}", request.origin, words(outcome->error())));
  }
  return **std::move(outcome);
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace signpost::credentials
