#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {
namespace {

// CreateBucketConfiguration: the one thing it may say is the region that the store is in.
Outcome check_configuration(const std::string& body, const std::string& region) {
  if (body.empty()) return {};
  auto document = s3::parse_xml(body);
  if (!document) return std::unexpected(failure_of(document.error()));
  if (std::string_view(document->root.name()) != "CreateBucketConfiguration" ||
      s3::xml_repeats_a_child(document->root))
    return std::unexpected(s3::ErrorCode::MalformedXML);
  for (pugi::xml_node child : document->root.children()) {
    if (child.type() != pugi::node_element) continue;
    const std::string_view name = child.name();
    // The bucket would be made without them.
    if (name == "Bucket" || name == "Location" || name == "Tags")
      return std::unexpected(
          Failure(s3::ErrorCode::NotImplemented).detail("Element", std::string(name)));
    if (name != "LocationConstraint") return std::unexpected(s3::ErrorCode::MalformedXML);
  }
  auto constraint = s3::xml_child_text(document->root, "LocationConstraint");
  if (!constraint || constraint->empty() || *constraint == region) return {};
  return std::unexpected(s3::ErrorCode::IllegalLocationConstraintException);
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const CreateBucket& operation) {
  if (!who.may_use(operation.bucket.str())) co_return std::unexpected(s3::ErrorCode::AccessDenied);
  auto body = co_await read_document(call, who, limits::xml_body_bytes, Claim::optional);
  if (!body) co_return std::unexpected(std::move(body).error());
  CO_TRYV(check_configuration(*body, call.region()));
  auto create = [&] { return call.store().create_bucket(operation.bucket.str(), who.owner()); };
  auto created = co_await call.pool().run(create);
  // Again by its owner: 200, as us-east-1 has it, so that a script may run twice.
  if (!created && created.error() != storage::Refusal::bucket_owned)
    co_return std::unexpected(failure_of(created.error()));
  net::Headers headers;
  headers.add("Location", "/" + operation.bucket.str());
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

}  // namespace signpost::s3server
