#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::http {

// A field's value with parameters behind it: `multipart/form-data; boundary=x`, `form-data;
// name="file"` (RFC 9110 section 5.6.6).
struct FieldWithParameters {
  struct Parameter {
    std::string name;   // lower case
    std::string value;  // unquoted
  };
  std::string value;  // lower case
  std::vector<Parameter> parameters;

  // Nothing where the text has not that form, or a parameter comes twice. In a quoted string a
  // backslash stands for the character behind it only before '"' and '\': browsers send the paths
  // of files with plain backslashes (RFC 7578 section 4.2).
  static std::optional<FieldWithParameters> parse(std::string_view text);
  // Nothing where there is none of that lower-case name.
  std::optional<std::string_view> get(std::string_view name) const;
};

// A token (RFC 9110 section 5.6.2): what names of fields are made of.
bool is_token(std::string_view text);
// Whether a field's value can have these bytes (RFC 9110 section 5.5): no control bytes but tabs.
bool is_field_content(std::string_view text);

}  // namespace signpost::http
