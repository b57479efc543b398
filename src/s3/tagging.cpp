#include "s3/tagging.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "s3/xml.hpp"

namespace signpost::s3 {
namespace {

std::unexpected<Error> refuse(ErrorCode code, std::string message = {}) {
  return std::unexpected(Error{code, std::move(message), {}});
}

// Of UTF-8, by the bytes that begin one.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

std::expected<void, Error> check(const Tag& tag) {
  if (tag.key.empty() || characters(tag.key) > limits::tag_key_characters || !is_text(tag.key))
    return refuse(ErrorCode::InvalidTag, "The TagKey you have provided is invalid");
  if (characters(tag.value) > limits::tag_value_characters || !is_text(tag.value))
    return refuse(ErrorCode::InvalidTag, "The TagValue you have provided is invalid");
  if (tag.key.starts_with("aws:"))
    return refuse(ErrorCode::InvalidTag, "System tags cannot be added/updated by requester");
  return {};
}

std::optional<std::string> decode(std::string_view raw) {
  std::string text(raw);
  std::ranges::replace(text, '+', ' ');
  return percent_decode(text);
}

}  // namespace

std::expected<TagSet, Error> TagSet::of(std::vector<Tag> tags, std::size_t most) {
  if (tags.size() > most)
    return refuse(ErrorCode::BadRequest,
                  "Object tags cannot be greater than " + std::to_string(most));
  for (const Tag& tag : tags) TRYV(check(tag));
  std::ranges::sort(tags, {}, &Tag::key);
  if (std::ranges::adjacent_find(tags, {}, &Tag::key) != tags.end())
    return refuse(ErrorCode::InvalidTag, "Cannot provide multiple Tags with the same key");
  TagSet out;
  out.tags_ = std::move(tags);
  return out;
}

std::expected<TagSet, Error> TagSet::parse_query(std::string_view text, std::size_t most) {
  std::vector<Tag> tags;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto key = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value)
      return refuse(ErrorCode::InvalidArgument,
                    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL "
                    "query parameters without tag name duplicates.");
    tags.push_back({*std::move(key), *std::move(value)});
  }
  return of(std::move(tags), most);
}

std::expected<TagSet, Error> TagSet::parse_xml(std::string_view body, std::size_t most) {
  auto document = s3::parse_xml(body);
  if (!document && document.error() == XmlError::too_large)
    return refuse(ErrorCode::MaxMessageLengthExceeded);
  if (!document || std::string_view(document->root.name()) != "Tagging")
    return refuse(ErrorCode::MalformedXML);
  const pugi::xml_node set = document->root.child("TagSet");
  if (!set || xml_repeats_a_child(document->root)) return refuse(ErrorCode::MalformedXML);
  std::vector<Tag> tags;
  for (pugi::xml_node child : set.children("Tag")) {
    auto key = xml_child_text(child, "Key");
    auto value = xml_child_text(child, "Value");
    if (!key || !value || xml_repeats_a_child(child)) return refuse(ErrorCode::MalformedXML);
    tags.push_back({*std::move(key), *std::move(value)});
    if (tags.size() > most) break;
  }
  return of(std::move(tags), most);
}

std::string TagSet::to_query() const {
  std::string out;
  for (const Tag& tag : tags_) {
    if (!out.empty()) out += '&';
    percent_encode_to(out, tag.key, Slash::encode);
    out += '=';
    percent_encode_to(out, tag.value, Slash::encode);
  }
  return out;
}

std::string TagSet::to_xml() const {
  XmlWriter xml;
  xml.open("Tagging", xml_namespace).open("TagSet");
  for (const Tag& tag : tags_)
    xml.open("Tag").element("Key", tag.key).element("Value", tag.value).close();
  return xml.finish();
}

}  // namespace signpost::s3
