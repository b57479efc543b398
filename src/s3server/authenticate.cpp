#include "s3server/authenticate.hpp"

#include <variant>

#include "base/ascii.hpp"
#include "base/try.hpp"

namespace signpost::s3server {

Outcome Authenticated::hoist(HoistedFields hoisted) {
  if (hoisted.empty()) return {};
  hoisted_ = std::move(hoisted);
  names_ = verified_->signed_headers();
  const std::size_t in_head = all_fields_.size();
  for (const auto& [name, value] : hoisted_) {
    for (std::size_t i = 0; i < in_head; ++i) {
      if (equal_ignoring_case(all_fields_[i].name, name))
        return std::unexpected(
            Failure(s3::ErrorCode::InvalidArgument, "A field stands in the head and in the query.")
                .detail("ArgumentName", name));
    }
    names_.append(";").append(name);
    all_fields_.push_back({name, value});
  }
  return {};
}

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
  const bool has_hoisted = verified->has_fields_in_query();
  Authenticated who(std::move(*verified), std::move(fields), std::move(key));
  if (has_hoisted) {
    TRY(auto hoisted, hoisted_fields(head.query));
    TRYV(who.hoist(std::move(hoisted)));
  }
  return who;
}

Outcome refuse_withdrawn(const storage::Store& store, std::string_view bucket,
                         std::optional<std::string_view> ticket, UnixSeconds now) {
  if (!ticket || !store.is_withdrawn(bucket, *ticket, now)) return {};
  return std::unexpected(
      Failure(s3::ErrorCode::AccessDenied, "This URL was withdrawn by who gave it."));
}

}  // namespace signpost::s3server
