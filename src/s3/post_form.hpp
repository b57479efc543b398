#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field_view.hpp"
#include "s3/error.hpp"

namespace signpost::s3 {

// The fields of a browser's upload form, without its file ("POST Object" of the S3 API reference).
class PostForm {
 public:
  struct Field {
    std::string name;  // lower case: names of form fields compare without regard to it
    std::string value;
  };

  // MalformedPOSTRequest for a name that came before; InvalidArgument for what is not UTF-8 or
  // has control characters, but for the ends of lines in `tagging`, which is a document. Fields
  // named x-ignore-... are dropped.
  std::expected<void, Error> add(std::string_view name, std::string value);
  // Puts the base name of the file, as it came from the browser, in the place of "${filename}" in
  // the key. InvalidArgument where the key asks for a name and the file has none.
  std::expected<void, Error> name_key(const std::optional<std::string>& filename);

  // The name in lower case.
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<Field>& fields() const { return fields_; }
  // Views of this object.
  std::vector<FieldView> views() const;

 private:
  std::vector<Field> fields_;
};

}  // namespace signpost::s3
