// URLs that were given out are taken back.
#include "gateway/withdrawals.hpp"

#include "base/limits.hpp"
#include "base/try.hpp"
#include "domain/ticket.hpp"
#include "gateway/file_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/parameters.hpp"
#include "gateway/pause.hpp"
#include "gateway/problem_response.hpp"
#include "log/log.hpp"
#include "s3/ticket.hpp"

namespace signpost::gateway {
namespace {

// A withdrawal has to be in force within a second (README.md).
constexpr std::chrono::milliseconds look_every{200};

// `principal` of the query as tickets have it: a URL is given to a user, or to anyone.
std::expected<std::optional<std::string>, http::Problem> asked_holder(const http::Query& query) {
  auto text = query.get("principal");
  if (!text) return std::nullopt;
  auto grantee = domain::parse_grantee(*text);
  if (!grantee || std::holds_alternative<domain::Group>(*grantee))
    return std::unexpected(invalid("principal is neither user:ISSUER:SUBJECT nor anyone."));
  return std::string(domain::holder_text(std::get_if<domain::Principal>(&*grantee)));
}

// True where there may be more at once; or why the store could not be told. Only the embedded store
// refuses tickets: with another one, withdrawn URLs end when they expire.
net::Task<std::expected<bool, std::string>> push_some(Services& services) {
  Shared& shared = services.shared;
  auto pending = shared.catalog.pending_withdrawals(s3::withdrawals_in_one_request);
  if (pending.empty()) co_return false;
  if (shared.options.manage_bucket) {
    std::vector<std::string> tags;
    for (const domain::Withdrawal& one : pending)
      tags.emplace_back(shared.ticket_key.tag_of(one.mark));
    auto told = co_await services.store.withdraw_tickets(tags);
    if (!told) co_return std::unexpected(told.error().text());
  }
  auto forget = [&] { shared.catalog.forget_withdrawals(pending); };
  co_await shared.pool.run(forget);
  co_return true;
}

}  // namespace

net::Task<Outcome> withdraw_urls(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::share));
  CO_TRYV(only_parameters(request.query, {"principal"}));
  CO_TRY(auto holder, asked_holder(request.query));
  auto withdraw = [&] {
    return request.shared().catalog.withdraw_urls(file->id, file->owner, holder);
  };
  auto withdrawn = co_await request.shared().pool.run(withdraw);
  if (!withdrawn) co_return std::unexpected(to_problem(withdrawn.error()));
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

net::Task<bool> tell_withdrawals(Services& services) {
  for (;;) {
    auto more = co_await push_some(services);
    if (!more || !*more) co_return more.has_value();
  }
}

net::Task<void> push_withdrawals(Services& services) {
  bool in_trouble = false;  // told of once, not five times a second
  for (;;) {
    std::expected<bool, std::string> more = false;
    try {
      more = co_await push_some(services);
    } catch (const std::exception& error) {
      more = std::unexpected(std::string(error.what()));
    }
    if (!more && !in_trouble)
      log::warn("withdrawn URLs could not be told to the store yet: {}", more.error());
    in_trouble = !more;
    if (!more.value_or(false)) co_await pause(look_every);
  }
}

}  // namespace signpost::gateway
