#include "s3/ticket.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

std::expected<void, Refusal> Store::withdraw_tickets(const std::string& bucket,
                                                     std::span<const std::string> tags,
                                                     UnixSeconds now, UnixSeconds until) {
  auto found = find_bucket(bucket);
  if (!found) return std::unexpected(Refusal::no_such_bucket);
  return index_->withdraw_tickets(found->id, tags, now, until);
}

bool Store::is_withdrawn(std::string_view bucket, std::string_view ticket, UnixSeconds now) const {
  auto tags = s3::tags_of(ticket);
  if (tags.empty()) return false;
  auto found = find_bucket(bucket);
  return found && index_->is_withdrawn(found->id, tags, now);
}

bool Store::has_withdrawn_tickets() const {
  return index_->has_withdrawn_tickets();
}

}  // namespace signpost::storage
