#include <optional>
#include <vector>

#include "base/limits.hpp"
#include "base/try.hpp"
#include "http/etag.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::size_t most_objects = 1000;

struct Item {
  std::string key;
  std::optional<std::string> version_id;
  storage::WriteCondition condition;
  std::optional<ErrorCode> refused;  // before the store was asked, or by it
};

struct Request {
  std::vector<Item> items;
  bool quiet = false;
};

std::expected<Item, Failure> parse_item(pugi::xml_node element) {
  auto key = s3::xml_child_text(element, "Key");
  if (!key || s3::xml_repeats_a_child(element)) return std::unexpected(ErrorCode::MalformedXML);
  Item item;
  auto checked = s3::ObjectKey::parse(*key);
  if (!checked) {
    item.refused = checked.error() == s3::ObjectKeyError::too_long ? ErrorCode::KeyTooLongError
                                                                   : ErrorCode::InvalidArgument;
  }
  item.key = *std::move(key);
  item.version_id = s3::xml_child_text(element, "VersionId");
  if (item.version_id && !item.version_id->empty() && *item.version_id != "null")
    item.refused = ErrorCode::NoSuchVersion;
  if (auto etag = s3::xml_child_text(element, "ETag")) {
    auto list = http::ETagList::parse(*etag);
    if (!list || (!list->any && list->tags.size() != 1))
      return std::unexpected(ErrorCode::MalformedXML);
    item.condition.if_match = to_be_matched(*list);
  }
  if (element.child("LastModifiedTime") || element.child("Size"))
    return std::unexpected(ErrorCode::NotImplemented);
  return item;
}

std::expected<Request, Failure> parse(const std::string& body) {
  auto document = s3::parse_xml(body);
  if (!document) return std::unexpected(failure_of(document.error()));
  if (std::string_view(document->root.name()) != "Delete" ||
      s3::xml_repeats_a_child(document->root, "Object"))
    return std::unexpected(ErrorCode::MalformedXML);
  Request out;
  for (pugi::xml_node child : document->root.children()) {
    std::string_view name = child.name();
    if (name == "Quiet") out.quiet = s3::xml_text(child) == "true";
    if (name != "Object") continue;
    if (out.items.size() == most_objects) return std::unexpected(ErrorCode::MalformedXML);
    TRY(auto item, parse_item(child));
    out.items.push_back(std::move(item));
  }
  if (out.items.empty()) return std::unexpected(ErrorCode::MalformedXML);
  return out;
}

std::string result_document(const Request& request) {
  s3::XmlWriter xml;
  xml.open("DeleteResult", s3::xml_namespace);
  for (const Item& item : request.items) {
    if (!item.refused && request.quiet) continue;
    xml.open(item.refused ? "Error" : "Deleted").element("Key", item.key);
    xml.element("VersionId", item.version_id);
    if (item.refused) {
      s3::ErrorInfo info = s3::info(*item.refused);
      xml.element("Code", info.code).element("Message", info.message);
    }
    xml.close();
  }
  return xml.finish();
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const DeleteObjects& operation) {
  auto body =
      co_await read_document(call, who, operation.bucket, limits::xml_body_bytes, Claim::required);
  if (!body) co_return std::unexpected(std::move(body).error());
  CO_TRY(Request request, parse(*body));
  auto remove = [&] {
    for (Item& item : request.items) {
      if (item.refused) continue;
      auto removed = call.store().remove(operation.bucket.str(), item.key, item.condition);
      if (!removed) item.refused = failure_of(removed.error()).error.code;
    }
  };
  co_await call.pool().run(remove);
  co_await call.respond_xml(result_document(request));
  co_return Outcome{};
}

}  // namespace signpost::s3server
