#pragma once

#include <cstddef>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"

namespace signpost::s3 {

inline constexpr std::string_view xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

// Text as element content or an attribute's value. & < > " and the carriage return become
// references; so do the other control characters, as S3 does, and U+FFFE and U+FFFF, though XML 1.0
// has no place for them: encoding-type=url is the client's way around that.
std::string xml_escape(std::string_view text);

struct XmlAttribute {
  std::string_view name;
  std::string_view value;
};

// Writes a document from the front; no white space is added.
class XmlWriter {
 public:
  // With the XML declaration.
  XmlWriter();
  XmlWriter& open(std::string_view name, std::string_view name_space = {},
                  std::initializer_list<XmlAttribute> attributes = {});
  XmlWriter& close();
  XmlWriter& text(std::string_view text);
  XmlWriter& element(std::string_view name, std::string_view text);
  // Only where there is a value.
  XmlWriter& element(std::string_view name, const std::optional<std::string>& text);
  XmlWriter& element(std::string_view name, const char* text) {
    return element(name, std::string_view(text));
  }
  XmlWriter& element(std::string_view name, const std::string& text) {
    return element(name, std::string_view(text));
  }
  XmlWriter& flag(std::string_view name, bool value) {
    return element(name, value ? "true" : "false");
  }
  // Closes what is open and gives the document up.
  std::string finish();

 private:
  std::string out_;
  std::vector<std::string> open_;
};

enum class XmlError {
  too_large,  // MaxMessageLengthExceeded
  not_utf8,   // also: a declaration that names another encoding, a NUL
  doctype,    // any document type declaration
  too_deep,   // more than XmlLimits::depth elements within each other
  malformed,  // not well-formed, an unknown entity, a reference to no character, not one root
};

struct XmlLimits {
  std::size_t bytes = limits::xml_body_bytes;
  std::size_t depth = 32;
};

// A document that was read, and its root element.
struct XmlDocument {
  std::unique_ptr<pugi::xml_document> tree;
  pugi::xml_node root;
};

// Reads a document of a caller. Character references and the five entities are decoded; nothing
// else is ever expanded or fetched. A reference to a control character other than NUL is taken,
// because keys may hold them.
std::expected<XmlDocument, XmlError> parse_xml(std::string_view text, XmlLimits limits = {});

// The text of an element: its character data and CDATA joined, as it stands.
std::string xml_text(pugi::xml_node element);
// The text of the first child element of that name; nothing where there is none.
std::optional<std::string> xml_child_text(pugi::xml_node parent, const char* name);
// Whether a child element stands there twice, other than the one that may. Two readers could take
// either of them for the one that counts, so a document of a caller is refused for it.
bool xml_repeats_a_child(pugi::xml_node parent, std::string_view repeatable = {});

}  // namespace signpost::s3
