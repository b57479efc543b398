#include <algorithm>

#include "base/base64.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListBuckets& operation) {
  auto buckets = call.store().list_buckets(who.owner());
  if (operation.region && *operation.region != call.region()) buckets.clear();
  std::erase_if(buckets, [&](const auto& bucket) {
    return !who.may_use(bucket->name) || !bucket->name.starts_with(operation.prefix) ||
           bucket->name <= operation.after;
  });
  std::ranges::sort(buckets, {}, [](const auto& bucket) { return bucket->name; });
  bool truncated = buckets.size() > operation.max_buckets;
  if (truncated) buckets.resize(operation.max_buckets);

  s3::XmlWriter xml;
  xml.open("ListAllMyBucketsResult", s3::xml_namespace);
  xml.open("Owner").element("ID", who.owner()).element("DisplayName", who.owner()).close();
  xml.open("Buckets");
  for (const auto& bucket : buckets) {
    xml.open("Bucket")
        .element("Name", bucket->name)
        .element("CreationDate", to_rfc3339_milliseconds(bucket->created))
        .element("BucketRegion", call.region())
        .close();
  }
  xml.close();
  if (truncated) xml.element("ContinuationToken", base64url_encode(buckets.back()->name));
  if (!operation.prefix.empty()) xml.element("Prefix", operation.prefix);
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
