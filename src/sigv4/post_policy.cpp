#include "sigv4/post_policy.hpp"

#include "base/base64.hpp"
#include "base/percent.hpp"
#include "base/time.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/json_text.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {
namespace {

constexpr std::string_view filename_variable = "${filename}";

// The conditions of a policy's document, as they are added.
class Conditions {
 public:
  void add(const PostCondition& condition) {
    switch (condition.kind) {
      case PostCondition::Kind::equals:
        next() += '{' + quoted(condition.field) + ": " + quoted(condition.value) + '}';
        return;
      case PostCondition::Kind::starts_with:
        next() += R"(["starts-with", )" + quoted("$" + std::string(condition.field)) + ", " +
                  quoted(condition.value) + ']';
        return;
      case PostCondition::Kind::content_length_range:
        next() += R"(["content-length-range", )" + std::to_string(condition.least) + ", " +
                  std::to_string(condition.most) + ']';
        return;
    }
  }
  // Nothing where a text was not UTF-8.
  std::optional<std::string> document(UnixSeconds expiration) const {
    if (!utf8_) return std::nullopt;
    return R"({"expiration": ")" + to_rfc3339(expiration) + R"(", "conditions": [)" + list_ + "]}";
  }

 private:
  std::string& next() {
    if (!list_.empty()) list_ += ", ";
    return list_;
  }
  std::string quoted(std::string_view text) {
    auto out = json_string(text);
    if (out) return *std::move(out);
    utf8_ = false;
    return {};
  }

  std::string list_;
  bool utf8_ = true;
};

PostCondition condition_of_key(std::string_view key) {
  if (!key.ends_with(filename_variable)) return PostCondition::equals("key", key);
  key.remove_suffix(filename_variable.size());
  return PostCondition::starts_with("key", key);
}

std::string url_of(const Endpoint& endpoint, std::string_view bucket) {
  std::string url = endpoint.scheme() + "://";
  if (endpoint.addressing() == Addressing::virtual_host)
    return url.append(bucket).append(".").append(endpoint.authority()).append("/");
  return url.append(endpoint.authority()).append("/").append(percent_encode(bucket, Slash::keep));
}

}  // namespace

std::optional<PresignedPost> presign_post(const Credentials& credentials, std::string_view region,
                                          const Endpoint& endpoint, const PostRequest& request) {
  const CredentialScope scope{.day = request.date.day(), .region = region, .service = "s3"};
  PresignedPost out;
  out.url = url_of(endpoint, request.bucket);
  auto& fields = out.fields;
  for (const FieldView& field : request.fields) fields.emplace_back(field.name, field.value);
  fields.emplace_back("key", request.key);
  const std::size_t own = fields.size();
  fields.emplace_back("x-amz-algorithm", algorithm);
  fields.emplace_back("x-amz-credential", Credential{credentials.access_key_id, scope}.text());
  fields.emplace_back("x-amz-date", request.date.text());
  if (!credentials.session_token.empty())
    fields.emplace_back("x-amz-security-token", credentials.session_token.reveal());

  // In botocore's order: the caller's, the bucket, the key, the signature's own.
  Conditions conditions;
  for (const FieldView& field : request.fields)
    conditions.add(PostCondition::equals(field.name, field.value));
  for (const PostCondition& condition : request.conditions) conditions.add(condition);
  conditions.add(PostCondition::equals("bucket", request.bucket));
  conditions.add(condition_of_key(request.key));
  for (std::size_t i = own; i < fields.size(); ++i)
    conditions.add(PostCondition::equals(fields[i].first, fields[i].second));
  auto document = conditions.document(request.date.time() + request.expires);
  if (!document) return std::nullopt;
  out.policy = *std::move(document);

  fields.emplace_back("policy", base64_encode(out.policy));
  const SigningKey key(credentials.secret_access_key, scope);
  fields.emplace_back("x-amz-signature", key.sign(fields.back().second).hex());
  return out;
}

}  // namespace signpost::sigv4
