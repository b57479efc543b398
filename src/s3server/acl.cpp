#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

// Access control lists are off: the one there is says that the owner may do everything.
namespace signpost::s3server {
namespace {

constexpr std::string_view schema_instance = "http://www.w3.org/2001/XMLSchema-instance";

net::Task<Outcome> check_object(Call& call, const s3::BucketName& bucket,
                                const std::optional<s3::ObjectKey>& key) {
  if (!key) co_return Outcome{};
  auto head = [&] { return call.store().head(bucket.str(), key->str()); };
  auto found = co_await call.pool().run(head);
  if (!found) co_return std::unexpected(failure_of(found.error()));
  co_return Outcome{};
}

std::string acl_document(const std::string& owner) {
  s3::XmlWriter xml;
  xml.open("AccessControlPolicy", s3::xml_namespace);
  xml.open("Owner").element("ID", owner).element("DisplayName", owner).close();
  xml.open("AccessControlList").open("Grant");
  xml.open("Grantee", {}, {{"xmlns:xsi", schema_instance}, {"xsi:type", "CanonicalUser"}});
  xml.element("ID", owner).element("DisplayName", owner).close();
  xml.element("Permission", "FULL_CONTROL");
  return xml.finish();
}

// The body of PutBucketAcl: every grant must be the owner's own.
Outcome check_policy(const std::string& body, const std::string& owner) {
  auto document = s3::parse_xml(body);
  if (!document) return std::unexpected(failure_of(document.error()));
  if (std::string_view(document->root.name()) != "AccessControlPolicy" ||
      s3::xml_repeats_a_child(document->root))
    return std::unexpected(s3::ErrorCode::MalformedXML);
  pugi::xml_node list = document->root.child("AccessControlList");
  if (!list) return std::unexpected(s3::ErrorCode::MalformedXML);
  if (!list.child("Grant")) return std::unexpected(s3::ErrorCode::AccessControlListNotSupported);
  for (pugi::xml_node grant : list.children("Grant")) {
    pugi::xml_node grantee = grant.child("Grantee");
    bool own = s3::xml_child_text(grantee, "ID") == owner &&
               s3::xml_child_text(grant, "Permission") == "FULL_CONTROL";
    if (s3::xml_repeats_a_child(grant) || s3::xml_repeats_a_child(grantee))
      return std::unexpected(s3::ErrorCode::MalformedXML);
    if (!own) return std::unexpected(s3::ErrorCode::AccessControlListNotSupported);
  }
  return {};
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const GetAcl& operation) {
  auto checked = co_await check_object(call, operation.bucket, operation.key);
  if (!checked) co_return checked;
  co_await call.respond_xml(acl_document(who.owner()));
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutAcl& operation) {
  auto checked = co_await check_object(call, operation.bucket, operation.key);
  if (!checked) co_return checked;
  auto body =
      co_await read_document(call, who, operation.bucket, limits::xml_body_bytes, Claim::optional);
  if (!body) co_return std::unexpected(std::move(body).error());
  // x-amz-acl other than the owner's was refused by check_fields.
  if (body->empty() && !who.fields().get("x-amz-acl"))
    co_return std::unexpected(
        Failure(s3::ErrorCode::InvalidRequest, "The request names no access control list."));
  if (!body->empty()) {
    CO_TRYV(check_policy(*body, who.owner()));
  }
  co_await call.respond(200);
  co_return Outcome{};
}

}  // namespace signpost::s3server
