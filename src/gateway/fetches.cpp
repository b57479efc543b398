// What was fetched with the URLs that were given out.
#include "gateway/fetches.hpp"

#include <boost/json/array.hpp>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "domain/ticket.hpp"
#include "gateway/handlers.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/pause.hpp"
#include "gateway/problem_response.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

constexpr std::chrono::seconds ask_every{1};

// True where there may be more at once; or why nothing came of it.
net::Task<std::expected<bool, std::string>> collect_some(Services& services) {
  Shared& shared = services.shared;
  const std::string& bucket = services.store.bucket();
  const std::string place = shared.catalog.fetch_place(bucket);
  auto report = co_await services.store.report_fetches(place);
  if (!report) co_return std::unexpected(report.error().text());
  const std::vector<domain::UrlHolder> holders = shared.new_holders.take();
  auto keep = [&] {
    if (!holders.empty()) shared.catalog.note_url_holders(holders);
    // False where another node was first: then it is that one's to tell of.
    return report->next != place && shared.catalog.add_fetches(bucket, place, *report);
  };
  try {
    co_return co_await shared.pool.run(keep) && !report->fetched.empty();
  } catch (const std::exception&) {
    shared.new_holders.put_back(holders);
    throw;
  }
}

boost::json::object to_json(const domain::Fetch& fetch) {
  boost::json::object out;
  out["file"] = nullptr;
  if (fetch.file) out["file"] = fetch.file->text();
  out["object"] = {{"bucket", fetch.object.bucket}, {"key", fetch.object.key}};
  out["principal"] = nullptr;
  if (fetch.holder) out["principal"] = *fetch.holder;
  out["ticket"] = fetch.ticket;
  out["requests"] = fetch.requests;
  out["bytes"] = fetch.bytes;
  out["first_at"] = to_rfc3339(fetch.first_at);
  out["last_at"] = to_rfc3339(fetch.last_at);
  return out;
}

}  // namespace

std::string_view HolderTag::of(std::uint64_t epoch) {
  if (epoch_ != epoch) tag_ = find(epoch);
  epoch_ = epoch;
  return tag_;
}

std::string HolderTag::find(std::uint64_t epoch) const {
  const std::string_view text = domain::holder_text(holder_);
  KnownHolders& known = services_.known_holders;
  if (auto at = known.find(text); at != known.end() && at->second.epoch == epoch)
    return at->second.tag;
  std::string tag(services_.shared.ticket_key.tag_of(domain::mark_of_holder(text, epoch)));
  // With another store nobody tells what was fetched.
  const bool noted = !services_.shared.options.manage_bucket ||
                     services_.shared.new_holders.add({tag, std::string(text)});
  if (noted) {
    if (known.size() >= limits::known_url_holders) known.clear();
    known.insert_or_assign(std::string(text), KnownHolder{epoch, tag});
  }
  return tag;
}

net::Task<void> collect_fetches(Services& services) {
  if (!services.shared.options.manage_bucket) co_return;
  bool in_trouble = false;  // told of once, not every second
  for (;;) {
    std::expected<bool, std::string> more = false;
    try {
      more = co_await collect_some(services);
    } catch (const std::exception& error) {
      more = std::unexpected(std::string(error.what()));
    }
    if (!more && !in_trouble) log::warn("what was fetched is not known yet: {}", more.error());
    in_trouble = !more;
    if (!more.value_or(false)) co_await pause(ask_every);
  }
}

// An admin's: who fetched what, by the URLs that were given out.
net::Task<Outcome> list_audit(Request& request, const domain::Caller& caller) {
  if (!caller.admin) co_return std::unexpected(not_found());
  CO_TRYV(only_parameters(request.query, {"limit", "cursor", "file"}));
  domain::FetchQuery query;
  const auto file = request.query.get("file");
  if (file) {
    auto id = domain::FileId::parse(*file);
    if (!id) co_return std::unexpected(invalid("file is no id that a file can have."));
    query.file = *std::move(id);
  }
  const std::string binding =
      "audit\n" + caller.principal.text() + "\n" + std::string(file.value_or(""));
  CO_TRY(query.limit, list_limit(request.query));
  CO_TRY(const auto position, list_position(request, binding));
  if (position) {
    const auto number = parse_u64(*position);
    if (!number) co_return std::unexpected(wrong_cursor());
    query.after = static_cast<std::int64_t>(*number);
  }
  auto list = [&] { return request.shared().catalog.list_fetches(query); };
  const domain::FetchPage page = co_await request.shared().pool.run(list);
  boost::json::array items;
  for (const domain::Fetch& fetch : page.items) items.emplace_back(to_json(fetch));
  std::optional<std::string> next;
  if (page.next) next = std::to_string(*page.next);
  co_return list_response(request, binding, std::move(items), next);
}

}  // namespace signpost::gateway
