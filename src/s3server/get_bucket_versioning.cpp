#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {

// Never enabled: the document says so by having no Status.
net::Task<Outcome> handle(Call& call, const Authenticated&, const GetBucketVersioning&) {
  s3::XmlWriter xml;
  xml.open("VersioningConfiguration", s3::xml_namespace);
  co_await call.respond_xml(xml.finish());
  co_return Outcome{};
}

}  // namespace signpost::s3server
