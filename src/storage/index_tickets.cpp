// Tickets that were withdrawn: what is signed with one is refused.
#include "storage/index.hpp"
#include "storage/index_rows.hpp"

namespace signpost::storage {
namespace {

std::int64_t seconds_of(UnixSeconds time) {
  return time.time_since_epoch().count();
}

}  // namespace

std::expected<void, Refusal> Index::withdraw_tickets(std::int64_t bucket,
                                                     std::span<const std::string> tags,
                                                     UnixSeconds now, UnixSeconds until) {
  // Before it is durable: whatever comes of the commit, requests look.
  has_withdrawn_tickets_ = true;
  using Result = std::expected<void, Refusal>;
  return writer_.submit([&](sqlite::Database& database) -> Result {
    if (!is_there(database, bucket)) return std::unexpected(Refusal::no_such_bucket);
    database.prepare("DELETE FROM withdrawn_ticket WHERE until<=?").bind(0, seconds_of(now)).run();
    for (const std::string& tag : tags)
      database.prepare("INSERT OR REPLACE INTO withdrawn_ticket(bucket, tag, until) VALUES(?,?,?)")
          .bind_all(bucket, std::string_view(tag), seconds_of(until))
          .run();
    return {};
  });
}

bool Index::is_withdrawn(std::int64_t bucket, std::span<const std::string_view> tags,
                         UnixSeconds now) const {
  auto database = readers_.lease();
  for (std::string_view tag : tags) {
    auto find =
        database->prepare("SELECT 1 FROM withdrawn_ticket WHERE bucket=? AND tag=? AND until>?");
    if (find.bind_all(bucket, tag, seconds_of(now)).step()) return true;
  }
  return false;
}

bool Index::read_has_withdrawn_tickets() const {
  auto database = readers_.lease();
  return database->prepare("SELECT 1 FROM withdrawn_ticket LIMIT 1").step();
}

}  // namespace signpost::storage
