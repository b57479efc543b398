#include "s3/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/percent.hpp"

namespace signpost::s3 {
namespace {

constexpr std::string_view comment_open = "<!--";
constexpr std::string_view cdata_open = "<![CDATA[";
// No document of S3's has more than three on an element.
constexpr std::size_t most_attributes = 16;

// The reference between '&' and ';'.
bool is_known_reference(std::string_view name) {
  if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos")
    return true;
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  bool hexadecimal = name.starts_with('x');
  if (hexadecimal) name.remove_prefix(1);
  if (name.empty() || name.size() > 8) return false;
  std::uint32_t code = 0;
  auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != name.data() + name.size()) return false;
  return code != 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

// pugixml skips declarations of a document type and leaves unknown references as they stand; both
// are refused here. Comments and CDATA sections, where neither has a meaning, are stepped over.
std::expected<void, XmlError> scan(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view rest = text.substr(i);
    std::string_view terminator;
    if (rest.starts_with(comment_open)) {
      terminator = "-->";
    } else if (rest.starts_with(cdata_open)) {
      terminator = "]]>";
    } else if (rest.starts_with("<!")) {
      return std::unexpected(XmlError::doctype);
    } else if (rest.starts_with('&')) {
      auto end = rest.find(';');
      if (end == std::string_view::npos || !is_known_reference(rest.substr(1, end - 1)))
        return std::unexpected(XmlError::malformed);
      continue;
    } else {
      continue;
    }
    auto end = rest.find(terminator, 4);
    if (end == std::string_view::npos) return std::unexpected(XmlError::malformed);
    i += end + terminator.size() - 1;
  }
  return {};
}

// Without recursion, so that the depth costs no stack.
bool deeper_than(pugi::xml_node root, std::size_t depth) {
  std::size_t level = 1;
  pugi::xml_node node = root;
  while (true) {
    if (level > depth && node.type() == pugi::node_element) return true;
    if (node.first_child()) {
      node = node.first_child();
      ++level;
      continue;
    }
    while (node != root && !node.next_sibling()) {
      node = node.parent();
      --level;
    }
    if (node == root) return false;
    node = node.next_sibling();
  }
}

// An attribute that is given twice is not well-formed, and pugixml takes it.
class AttributeCheck : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node& node) override {
    std::vector<std::string_view> names;
    for (pugi::xml_attribute attribute : node.attributes()) {
      std::string_view name = attribute.name();
      if (names.size() == most_attributes || std::ranges::find(names, name) != names.end())
        return false;
      names.push_back(name);
    }
    return true;
  }
};

bool names_utf8(pugi::xml_node declaration) {
  std::string_view encoding = declaration.attribute("encoding").value();
  return encoding.empty() || equal_ignoring_case(encoding, "utf-8");
}

std::expected<pugi::xml_node, XmlError> only_root(const pugi::xml_document& tree) {
  pugi::xml_node root;
  for (pugi::xml_node node : tree.children()) {
    switch (node.type()) {
      case pugi::node_declaration:
        if (!names_utf8(node)) return std::unexpected(XmlError::not_utf8);
        break;
      case pugi::node_element:
        if (root) return std::unexpected(XmlError::malformed);
        root = node;
        break;
      case pugi::node_null:
      case pugi::node_document:
      case pugi::node_pcdata:
      case pugi::node_cdata:
      case pugi::node_comment:
      case pugi::node_pi:
      case pugi::node_doctype:
        return std::unexpected(XmlError::malformed);
    }
  }
  if (!root) return std::unexpected(XmlError::malformed);
  return root;
}

// U+FFFE or U+FFFF, which no document of XML 1.0 may hold as it is; 0 for any other bytes.
std::uint32_t noncharacter(std::string_view utf8) {
  if (utf8 == "\xEF\xBF\xBE") return 0xFFFE;
  return utf8 == "\xEF\xBF\xBF" ? 0xFFFF : 0;
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\xEF':
        if (const auto code = noncharacter(text.substr(i, 3)); code != 0) {
          out += fmt::format("&#x{:X};", code);
          i += 2;
        } else {
          out += c;
        }
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
          out += fmt::format("&#x{:X};", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out;
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view name_space,
                           std::initializer_list<XmlAttribute> attributes) {
  auto attribute = [&](std::string_view attribute_name, std::string_view value) {
    out_.append(" ").append(attribute_name).append("=\"").append(xml_escape(value)).append("\"");
  };
  out_.append("<").append(name);
  if (!name_space.empty()) attribute("xmlns", name_space);
  for (const XmlAttribute& a : attributes) attribute(a.name, a.value);
  out_.append(">");
  open_.emplace_back(name);
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view text) {
  out_.append(xml_escape(text));
  return *this;
}

XmlWriter& XmlWriter::close() {
  out_.append("</").append(open_.back()).append(">");
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view text) {
  out_.append("<").append(name).append(">");
  out_.append(xml_escape(text));
  out_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, const std::optional<std::string>& text) {
  return text ? element(name, std::string_view(*text)) : *this;
}

std::string XmlWriter::finish() {
  while (!open_.empty()) close();
  return std::move(out_);
}

std::expected<XmlDocument, XmlError> parse_xml(std::string_view text, XmlLimits limits) {
  if (text.size() > limits.bytes) return std::unexpected(XmlError::too_large);
  if (text.contains('\0') || !is_utf8(text)) return std::unexpected(XmlError::not_utf8);
  if (auto scanned = scan(text); !scanned) return std::unexpected(scanned.error());

  auto tree = std::make_unique<pugi::xml_document>();
  // Comments and processing instructions are dropped; an element of white space alone keeps it;
  // text outside of the root is kept (parse_fragment), to be refused.
  constexpr unsigned flags = pugi::parse_default | pugi::parse_declaration |
                             pugi::parse_ws_pcdata_single | pugi::parse_fragment;
  if (!tree->load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8))
    return std::unexpected(XmlError::malformed);
  auto root = only_root(*tree);
  if (!root) return std::unexpected(root.error());
  if (deeper_than(*root, limits.depth)) return std::unexpected(XmlError::too_deep);
  AttributeCheck attributes;
  if (!tree->traverse(attributes)) return std::unexpected(XmlError::malformed);
  return XmlDocument{std::move(tree), *root};
}

std::string xml_text(pugi::xml_node element) {
  std::string out;
  for (pugi::xml_node child : element.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  }
  return out;
}

std::optional<std::string> xml_child_text(pugi::xml_node parent, const char* name) {
  pugi::xml_node child = parent.child(name);
  if (!child) return std::nullopt;
  return xml_text(child);
}

bool xml_repeats_a_child(pugi::xml_node parent, std::string_view repeatable) {
  std::vector<std::string_view> names;
  for (pugi::xml_node child : parent.children()) {
    std::string_view name = child.name();
    if (child.type() == pugi::node_element && name != repeatable) names.push_back(name);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

}  // namespace signpost::s3
