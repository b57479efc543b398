#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ListBuckets&) {
  s3::XmlWriter xml;
  xml.open("ListAllMyBucketsResult", s3::xml_namespace);
  xml.open("Owner").element("ID", who.owner()).element("DisplayName", who.owner()).close();
  xml.open("Buckets");
  for (const auto& bucket : call.store().list_buckets(who.owner())) {
    xml.open("Bucket")
        .element("Name", bucket->name)
        .element("CreationDate", to_rfc3339_milliseconds(bucket->created))
        .element("BucketRegion", call.region())
        .close();
  }
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
