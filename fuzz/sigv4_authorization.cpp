// Any bytes as an Authorization field: what is taken apart comes together again, its parts obey the
// rules that the verifier counts on, and nothing is verified but what was signed.
#include <cstdint>

#include "sigv4/authorization_header.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4_fixture.hpp"

using namespace signpost;

namespace {

using fuzz::require;

void check_signed_headers(std::string_view list) {
  if (!sigv4::check_signed_headers(list).empty()) return;
  std::string_view previous;
  while (!list.empty()) {
    const auto end = std::min(list.find(';'), list.size());
    const std::string_view name = list.substr(0, end);
    require(!name.empty() && previous < name && to_lower(name) == name);
    require(name.find_first_of(" \t\r\n:,;=\"") == std::string_view::npos);
    previous = name;
    require(end == list.size() || end + 1 < list.size());
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

void check_credential(std::string_view text) {
  const auto credential = sigv4::Credential::parse(text);
  if (!credential) return;
  require(credential->text() == text);
  require(credential->scope.text() == text.substr(credential->access_key_id.size() + 1));
  require(sigv4::AmzDate::parse(std::string(credential->scope.day) + "T000000Z").has_value());
}

sigv4::SignedRequest signed_request() {
  static const sigv4::HeaderSigner signer(fuzz::who, "us-east-1", fuzz::endpoint());
  return signer.sign({.method = "GET", .bucket = "photos", .key = "a", .date = fuzz::date});
}

bool same_parts(std::string_view a, std::string_view b) {
  const auto x = sigv4::AuthorizationHeader::parse(a);
  const auto y = sigv4::AuthorizationHeader::parse(b);
  return x && y && x->credential == y->credential && x->signed_headers == y->signed_headers &&
         x->signature == y->signature;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = sigv4::AuthorizationHeader::parse(bytes)) {
    require(same_parts(bytes, parsed->text()));
    check_signed_headers(parsed->signed_headers);
    check_credential(parsed->credential);
  }
  check_signed_headers(bytes);
  check_credential(bytes);

  static const sigv4::SignedRequest good = signed_request();
  std::vector<FieldView> fields{{"Host", good.host}};
  for (const auto& [name, value] : good.fields)
    if (name != "Authorization") fields.push_back({name, value});
  fields.push_back({"Authorization", bytes});
  const sigv4::RequestView request{"GET", good.target, "", fields};
  if (fuzz::verified(request)) require(same_parts(bytes, good.fields.back().second));
  // A field of any kind beside a good Authorization is no other signature.
  fields.back().value = good.fields.back().second;
  require(fuzz::verified({"GET", good.target, "", fields}));
  return 0;
}
