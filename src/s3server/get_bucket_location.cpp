#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated&, const GetBucketLocation&) {
  s3::XmlWriter xml;
  // us-east-1 is the one region that S3 leaves out.
  xml.open("LocationConstraint", s3::xml_namespace);
  if (call.region() != "us-east-1") xml.text(call.region());
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
