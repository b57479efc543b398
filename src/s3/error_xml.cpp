#include "s3/error_xml.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "base/try.hpp"

namespace signpost::s3 {
namespace {

// What a request held may be no text, and a document must be one in any case: such bytes are shown
// percent-encoded.
std::string as_text(std::string_view bytes) {
  bool plain = std::ranges::all_of(bytes, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r' || c == '\n';
  });
  // U+FFFE and U+FFFF are no characters of XML either.
  plain = plain && !bytes.contains("\xEF\xBF\xBE") && !bytes.contains("\xEF\xBF\xBF");
  return plain && is_utf8(bytes) ? std::string(bytes) : percent_encode(bytes, Slash::keep);
}

}  // namespace

std::string write_error(const Error& error, std::string_view resource,
                        std::string_view request_id) {
  XmlWriter xml;
  xml.open("Error")
      .element("Code", info(error.code).code)
      .element("Message", as_text(error.text()));
  for (const auto& [name, value] : error.details) xml.element(name, as_text(value));
  xml.element("Resource", as_text(resource))
      .element("RequestId", request_id)
      .element("HostId", request_id);
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
