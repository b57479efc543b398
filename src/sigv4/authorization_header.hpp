#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace signpost::sigv4 {

// The value of an Authorization field:
//   AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...
// The views belong to the text that was parsed.
struct AuthorizationHeader {
  std::string_view credential;      // for Credential::parse
  std::string_view signed_headers;  // for check_signed_headers
  std::string_view signature;       // for Signature::matches

  // The three parts in any order, each once, separated by ',' with or without white space. `text`
  // begins with "AWS4-HMAC-SHA256 ". The error is a sentence that names what is wrong.
  static std::expected<AuthorizationHeader, std::string> parse(std::string_view text);
  // The field's value, with ", " between the parts.
  std::string text() const;
};

// What is wrong with a list of signed headers as a sentence, or nothing ("") where it is a list as
// Signature Version 4 wants it: names in lower case, each once, sorted, joined with ';'.
std::string_view check_signed_headers(std::string_view list);

}  // namespace signpost::sigv4
