#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "s3/error.hpp"

namespace signpost::s3 {

struct Tag {
  std::string key;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

// What tags may be set ("Categorizing your storage using tags" of the S3 User Guide): keys of 1 to
// 128 characters and values of up to 256, without control characters, each key once and none that
// begins with "aws:".
class TagSet {
 public:
  TagSet() = default;

  // x-amz-tagging, a query string in which '+' is a space: InvalidArgument where it is none. `most`
  // tags: BadRequest above. InvalidTag for what a tag may not be.
  static std::expected<TagSet, Error> parse_query(std::string_view text, std::size_t most);
  // The body of PutObjectTagging and PutBucketTagging: MalformedXML, MaxMessageLengthExceeded, and
  // the same.
  static std::expected<TagSet, Error> parse_xml(std::string_view body, std::size_t most);

  // By their keys.
  const std::vector<Tag>& tags() const { return tags_; }
  bool empty() const { return tags_.empty(); }
  // What parse_query() reads, in one form.
  std::string to_query() const;
  // The document that GetObjectTagging answers.
  std::string to_xml() const;

 private:
  static std::expected<TagSet, Error> of(std::vector<Tag> tags, std::size_t most);
  std::vector<Tag> tags_;
};

}  // namespace signpost::s3
