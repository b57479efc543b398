#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/checksum.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::size_t read_bytes = 256 * 1024;

enum class Directive { copy, replace };

struct Plan {
  s3::CopySource source;
  Directive metadata = Directive::copy;
  Directive tagging = Directive::copy;
  storage::ObjectFields new_fields;     // where they are replaced
  std::optional<std::string> new_tags;  // where they are replaced
  std::optional<s3::ChecksumAlgorithm> algorithm;
  storage::PutWriter::Commit commit;
};

std::expected<Directive, Failure> directive(const sigv4::SignedFields& fields, const char* name) {
  auto text = fields.get(name);
  if (!text || *text == "COPY") return Directive::copy;
  if (*text == "REPLACE") return Directive::replace;
  return std::unexpected(
      Failure(ErrorCode::InvalidArgument, "Unknown directive.").detail("ArgumentName", name));
}

std::expected<std::optional<s3::ChecksumAlgorithm>, Failure> wanted_checksum(
    const sigv4::SignedFields& fields) {
  auto text = fields.get("x-amz-checksum-algorithm");
  if (!text) return std::nullopt;
  auto algorithm = s3::parse_checksum_algorithm(*text);
  if (algorithm) return *algorithm;
  return std::unexpected(Failure(ErrorCode::InvalidRequest, "Checksum algorithm not supported.")
                             .detail("ArgumentName", "x-amz-checksum-algorithm"));
}

std::expected<Plan, Failure> plan_copy(const Call& call, const Authenticated& who,
                                       const CopyObject& operation) {
  if (who.fields().get("x-amz-copy-source-range"))
    return std::unexpected(Failure(ErrorCode::InvalidArgument,
                                   "Only a part of a multipart upload is copied from a range.")
                               .detail("ArgumentName", "x-amz-copy-source-range"));
  TRY(auto source, copy_source(call, who));
  Plan plan{.source = std::move(source)};
  TRY(plan.metadata, directive(who.fields(), "x-amz-metadata-directive"));
  TRY(plan.tagging, directive(who.fields(), "x-amz-tagging-directive"));
  TRY(plan.new_tags, tags_field(who));
  TRY(plan.algorithm, wanted_checksum(who.fields()));
  TRY(plan.commit.condition, write_condition(call.head()));
  if (plan.metadata == Directive::replace) {
    TRY(plan.new_fields, object_fields(call.head(), who));
  } else if (plan.tagging == Directive::copy && plan.source.bucket == operation.bucket &&
             plan.source.key == operation.key) {
    return std::unexpected(
        Failure(ErrorCode::InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself "
                "without changing the object's metadata, storage class, website redirect location "
                "or encryption attributes."));
  }
  plan.commit.bucket = operation.bucket.str();
  plan.commit.key = operation.key.str();
  return plan;
}

Outcome check_source(const sigv4::SignedFields& fields, const storage::ObjectInfo& info,
                     UnixSeconds now) {
  TRYV(check_copy_source(fields, info, now));
  if (info.size > limits::put_object_bytes) {
    return std::unexpected(Failure(
        ErrorCode::InvalidRequest,
        "The specified copy source is larger than the maximum allowable size for a copy source: " +
            std::to_string(limits::put_object_bytes)));
  }
  return {};
}

storage::ObjectChecksum compute(const storage::ObjectReader& source,
                                s3::ChecksumAlgorithm algorithm) {
  s3::Checksum checksum(algorithm);
  std::vector<char> buffer(read_bytes);
  for (std::uint64_t at = 0; at < source.info().size;) {
    std::size_t n = source.read(at, buffer);
    checksum.update({buffer.data(), n});
    at += n;
  }
  return {std::string(s3::name(algorithm)), base64_encode(checksum.finish())};
}

// Metadata and tags are copied or replaced, each as its directive says.
storage::ObjectFields copied_fields(const storage::ObjectInfo& info, Plan& plan) {
  storage::ObjectFields fields =
      plan.metadata == Directive::copy ? info.fields : std::move(plan.new_fields);
  std::erase_if(fields, [](const auto& field) { return field.first == tagging_field; });
  std::optional<std::string> tags = std::move(plan.new_tags);
  if (plan.tagging == Directive::copy) tags = info.field(tagging_field);
  if (tags) fields.emplace_back(tagging_field, *std::move(tags));
  return fields;
}

// In the pool.
std::expected<storage::ObjectInfo, Failure> copy(Call& call, const Authenticated& who, Plan plan,
                                                 UnixSeconds now) {
  auto source = call.store().open(plan.source.bucket.str(), plan.source.key.str());
  if (!source) return std::unexpected(failure_of(source.error()));
  const storage::ObjectInfo& info = source->info();
  TRYV(check_source(who.fields(), info, now));
  plan.commit.fields = copied_fields(info, plan);
  plan.commit.checksum = info.checksum;
  // A composite one is of the parts, which the copy has no more.
  if (!plan.algorithm && info.checksum && info.checksum->is_composite())
    plan.algorithm = s3::parse_checksum_algorithm(info.checksum->algorithm);
  if (!plan.algorithm && !info.checksum) plan.algorithm = s3::default_checksum;
  if (plan.algorithm) plan.commit.checksum = compute(*source, *plan.algorithm);
  auto stored = call.store().copy(*source, std::move(plan.commit));
  if (!stored) return std::unexpected(failure_of(stored.error()));
  return *std::move(stored);
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const CopyObject& operation) {
  CO_TRY(Plan plan, plan_copy(call, who, operation));
  UnixSeconds now = call.now();
  auto work = [&] { return copy(call, who, std::move(plan), now); };
  auto stored = co_await call.pool().run(work);
  if (!stored) co_return std::unexpected(std::move(stored).error());
  s3::XmlWriter xml;
  xml.open("CopyObjectResult", s3::xml_namespace)
      .element("LastModified", to_rfc3339_milliseconds(stored->last_modified))
      .element("ETag", quoted(stored->etag));
  if (stored->checksum) {
    xml.element("Checksum" + stored->checksum->algorithm, stored->checksum->value);
    xml.element("ChecksumType", "FULL_OBJECT");
  }
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
