#include "s3/error_xml.hpp"

#include "base/try.hpp"

namespace signpost::s3 {

std::string write_error(const Error& error, std::string_view resource,
                        std::string_view request_id) {
  XmlWriter xml;
  xml.open("Error").element("Code", info(error.code).code).element("Message", error.text());
  for (const auto& [name, value] : error.details) xml.element(name, value);
  xml.element("Resource", resource).element("RequestId", request_id).element("HostId", request_id);
  return xml.finish();
}

std::expected<ErrorDocument, XmlError> parse_error(std::string_view body) {
  TRY(auto document, parse_xml(body));
  if (std::string_view(document.root.name()) != "Error")
    return std::unexpected(XmlError::malformed);
  ErrorDocument out;
  for (pugi::xml_node child : document.root.children()) {
    if (child.type() != pugi::node_element) continue;
    std::string_view name = child.name();
    std::string text = xml_text(child);
    if (name == "Code") {
      out.code = std::move(text);
    } else if (name == "Message") {
      out.message = std::move(text);
    } else if (name == "Resource") {
      out.resource = std::move(text);
    } else if (name == "RequestId") {
      out.request_id = std::move(text);
    } else if (name == "HostId") {
      out.host_id = std::move(text);
    } else {
      out.details.emplace_back(name, std::move(text));
    }
  }
  return out;
}

}  // namespace signpost::s3
