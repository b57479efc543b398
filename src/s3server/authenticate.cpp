#include "s3server/authenticate.hpp"

#include <variant>

namespace signpost::s3server {

std::expected<Authenticated, Failure> authenticate(const net::RequestHead& head,
                                                   const sigv4::Verifier& verifier,
                                                   const storage::Store& store, UnixSeconds now) {
  std::vector<FieldView> fields;
  fields.reserve(head.fields.size());
  for (const auto& field : head.fields) fields.push_back({field.name, field.value});
  auto identity = verifier.verify({head.method, head.path, head.query, fields}, now);
  if (!identity) return std::unexpected(failure_of(identity.error()));
  auto* verified = std::get_if<sigv4::Verified>(&*identity);
  if (verified == nullptr) return std::unexpected(Failure(s3::ErrorCode::AccessDenied));
  auto key = store.find_access_key(verified->access_key_id());
  // Revoked between the two look-ups.
  if (!key) return std::unexpected(Failure(s3::ErrorCode::InvalidAccessKeyId));
  return Authenticated(std::move(*verified), std::move(fields), std::move(key));
}

Outcome refuse_withdrawn(const storage::Store& store, std::string_view bucket,
                         std::optional<std::string_view> ticket, UnixSeconds now) {
  if (!ticket || !store.is_withdrawn(bucket, *ticket, now)) return {};
  return std::unexpected(
      Failure(s3::ErrorCode::AccessDenied, "This URL was withdrawn by who gave it."));
}

}  // namespace signpost::s3server
