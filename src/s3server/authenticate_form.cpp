#include "s3server/authenticate_form.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "http/field_parameters.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::array<std::string_view, 5> signature_fields = {
    "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature"};
constexpr std::array<std::string_view, 7> object_fields_of_forms = {
    "cache-control", "content-disposition", "content-encoding", "content-language",
    "content-md5",   "content-type",        "expires"};

bool is_one_of(std::string_view name, auto const& names) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<FieldView> views_of(const net::RequestHead& head) {
  std::vector<FieldView> out;
  out.reserve(head.fields.size());
  for (const auto& field : head.fields) out.push_back({field.name, field.value});
  return out;
}

// The fields of the form that say something of the object, as a request's.
std::expected<std::vector<FieldView>, Failure> object_fields_of(const s3::PostForm& form) {
  std::vector<FieldView> out;
  for (const auto& [name, value] : form.fields()) {
    if (name == "acl") out.push_back({"x-amz-acl", value});
    const bool is_amz = name.starts_with("x-amz-") && !is_one_of(name, signature_fields);
    if (is_amz && !http::is_token(name))
      return std::unexpected(Failure(ErrorCode::InvalidArgument, "No header field has such a name.")
                                 .detail("ArgumentName", name.substr(0, 128)));
    if (is_amz || is_one_of(name, object_fields_of_forms)) out.push_back({name, trim(value)});
  }
  return out;
}

// What S3 says first, whatever the policy says of the key.
Failure no_key() {
  return Failure(ErrorCode::InvalidArgument,
                 "Bucket POST must contain a field named 'key'. If it is specified, please check "
                 "the order of the fields.")
      .detail("ArgumentName", "key");
}

std::string names_of(const std::vector<FieldView>& fields) {
  std::vector<std::string_view> names;
  for (const FieldView& field : fields) names.push_back(field.name);
  std::ranges::sort(names);
  std::string out;
  for (std::string_view name : names) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

}  // namespace

Outcome check_head_of_form(const net::RequestHead& head, const sigv4::Verifier& verifier,
                           UnixSeconds now) {
  const auto fields = views_of(head);
  const auto identity = verifier.verify({head.method, head.path, head.query, fields}, now);
  if (!identity) return std::unexpected(failure_of(identity.error()));
  if (!std::holds_alternative<sigv4::Anonymous>(*identity))
    return std::unexpected(Failure(ErrorCode::InvalidArgument,
                                   "Only one auth mechanism allowed: a form's is its policy"));
  for (const FieldView& field : fields) {
    if (to_lower(field.name).starts_with("x-amz-"))
      return std::unexpected(Failure(ErrorCode::AccessDenied,
                                     "There were headers present in the request which were not "
                                     "signed")
                                 .detail("HeadersNotSigned", to_lower(field.name)));
  }
  return {};
}

std::expected<AuthenticatedForm, Failure> authenticate_form(const s3::PostForm& form,
                                                            const std::string& bucket,
                                                            const sigv4::PostVerifier& verifier,
                                                            const storage::Store& store,
                                                            UnixSeconds now) {
  const auto verified = verifier.verify(form.views(), now);
  if (!verified) return std::unexpected(failure_of(verified.error()));
  auto key = store.find_access_key(verified->access_key_id());
  // Revoked between the two look-ups.
  if (!key) return std::unexpected(Failure(ErrorCode::InvalidAccessKeyId));
  if (!form.get("key")) return std::unexpected(no_key());
  TRY(const auto policy, s3::PostPolicy::parse(verified->policy()));
  TRY(const auto range, policy.check(form, bucket, verified->date(), now));
  TRY(auto fields, object_fields_of(form));
  net::RequestHead head;
  head.method = "POST";
  head.fields = fields;
  std::string names = names_of(fields);
  return AuthenticatedForm{Authenticated(std::move(names), std::move(fields), std::move(key)),
                           std::move(head), range};
}

}  // namespace signpost::s3server
