#include <optional>

#include "base/base64.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

// ListObjects, ListObjectsV2 and ListObjectVersions: three documents about the same page.
namespace signpost::s3server {
namespace {

using Page = std::expected<storage::ListPage, Failure>;

net::Task<Page> read_page(Call& call, const s3::BucketName& bucket, const ListParameters& list,
                          std::string from) {
  storage::ListQuery query;
  query.bucket = bucket.str();
  query.prefix = list.prefix;
  query.delimiter = list.delimiter.value_or("");
  query.from = std::move(from);
  query.max_entries = list.max_keys;
  if (list.max_keys == 0) co_return storage::ListPage{};
  auto read = [&] { return call.store().list(query); };
  auto page = co_await call.pool().run(read);
  if (!page) co_return std::unexpected(failure_of(page.error()));
  co_return *std::move(page);
}

// Where a page begins that follows `marker`. A marker that is a common prefix, as NextMarker may
// be, has all keys below it behind it.
std::string from_marker(const std::string& marker, const ListParameters& list) {
  if (marker.empty()) return {};
  if (list.delimiter && marker.starts_with(list.prefix)) {
    const auto at = marker.find(*list.delimiter, list.prefix.size());
    if (at != std::string::npos && at + list.delimiter->size() == marker.size())
      return storage::after_prefix(marker);
  }
  return storage::just_after(marker);
}

class Listing {
 public:
  Listing(const char* root, const s3::BucketName& bucket, const ListParameters& list,
          const std::string& owner)
      : list_(list), owner_(owner) {
    xml_.open(root, s3::xml_namespace).element("Name", bucket.str());
    text("Prefix", list.prefix);
    if (list.delimiter) text("Delimiter", *list.delimiter);
    xml_.element("MaxKeys", std::to_string(list.max_keys));
    if (list.url_encoding) xml_.element("EncodingType", "url");
  }

  s3::XmlWriter& xml() { return xml_; }
  // Keys and what is like them, under encoding-type=url.
  void text(const char* name, const std::string& value) {
    xml_.element(name, list_.url_encoding ? percent_encode(value, Slash::keep) : value);
  }
  void owner() { xml_.open("Owner").element("ID", owner_).element("DisplayName", owner_).close(); }

  void object(const char* element, const storage::ObjectInfo& object, bool version,
              bool with_owner) {
    xml_.open(element);
    text("Key", object.key);
    if (version) xml_.element("VersionId", "null").flag("IsLatest", true);
    xml_.element("LastModified", to_rfc3339_milliseconds(object.last_modified));
    xml_.element("ETag", quoted(object.etag));
    if (object.checksum) {
      xml_.element("ChecksumAlgorithm", object.checksum->algorithm);
      xml_.element("ChecksumType", checksum_type(*object.checksum));
    }
    xml_.element("Size", std::to_string(object.size));
    if (with_owner) owner();
    xml_.element("StorageClass", "STANDARD").close();
  }

  void entries(const storage::ListPage& page, const char* element, bool version, bool with_owner) {
    for (const auto& entry : page.entries) {
      if (!entry.is_prefix) object(element, entry.object, version, with_owner);
    }
    for (const auto& entry : page.entries) {
      if (!entry.is_prefix) continue;
      xml_.open("CommonPrefixes");
      text("Prefix", entry.object.key);
      xml_.close();
    }
  }

 private:
  const ListParameters& list_;
  const std::string& owner_;
  s3::XmlWriter xml_;
};

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListObjects& operation) {
  std::string from = from_marker(operation.marker, operation.list);
  auto page = co_await read_page(call, operation.bucket, operation.list, std::move(from));
  if (!page) co_return std::unexpected(std::move(page).error());
  Listing listing("ListBucketResult", operation.bucket, operation.list, who.owner());
  listing.text("Marker", operation.marker);
  listing.xml().flag("IsTruncated", page->truncated);
  // Only with a delimiter: without one, clients go on from the last key.
  if (page->truncated && operation.list.delimiter && !page->entries.empty())
    listing.text("NextMarker", page->entries.back().object.key);
  listing.entries(*page, "Contents", false, true);
  co_await call.respond_xml(listing.xml().finish());
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListObjectsV2& operation) {
  std::string from;
  if (operation.continuation_token && !operation.continuation_token->empty()) {
    auto decoded = base64url_decode(*operation.continuation_token);
    if (!decoded)
      co_return std::unexpected(
          Failure(s3::ErrorCode::InvalidArgument, "The continuation token provided is incorrect")
              .detail("ArgumentName", "continuation-token"));
    from = *std::move(decoded);
  } else if (operation.start_after && !operation.start_after->empty()) {
    from = storage::just_after(*operation.start_after);
  }
  auto page = co_await read_page(call, operation.bucket, operation.list, std::move(from));
  if (!page) co_return std::unexpected(std::move(page).error());
  Listing listing("ListBucketResult", operation.bucket, operation.list, who.owner());
  listing.xml().element("ContinuationToken", operation.continuation_token);
  if (operation.start_after) listing.text("StartAfter", *operation.start_after);
  listing.xml().element("KeyCount", std::to_string(page->entries.size()));
  listing.xml().flag("IsTruncated", page->truncated);
  if (page->truncated)
    listing.xml().element("NextContinuationToken", base64url_encode(page->next_from));
  listing.entries(*page, "Contents", false, operation.fetch_owner);
  co_await call.respond_xml(listing.xml().finish());
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const ListObjectVersions& operation) {
  std::string from = from_marker(operation.key_marker, operation.list);
  auto page = co_await read_page(call, operation.bucket, operation.list, std::move(from));
  if (!page) co_return std::unexpected(std::move(page).error());
  Listing listing("ListVersionsResult", operation.bucket, operation.list, who.owner());
  listing.text("KeyMarker", operation.key_marker);
  listing.xml().element("VersionIdMarker", "").flag("IsTruncated", page->truncated);
  if (page->truncated && !page->entries.empty()) {
    listing.text("NextKeyMarker", page->entries.back().object.key);
    listing.xml().element("NextVersionIdMarker", "null");
  }
  listing.entries(*page, "Version", true, true);
  co_await call.respond_xml(listing.xml().finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
