// What must hold of every request, whatever its names and values are.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory_resource>

#include "base/percent.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/verify_fixture.hpp"

namespace signpost::sigv4 {
namespace {

using testing::header_signed;
using testing::presigned;
using testing::Request;

// Mostly what percent-encoding, canonical queries and signatures could trip over.
rc::Gen<std::string> text() {
  static const std::vector<std::string> pieces = {
      "a",  "Z",  "0",    "-",      ".",        "_",        "~",
      "/",  "//", "..",   "%",      "%2F",      "%25",      "+",
      " ",  "=",  "&",    "?",      "#",        ";",        "X-Amz-",
      "é",  "😀", "\xff", "*",      "!",        "'(",       ")",
      "\\", ",",  ":",    "photos", "abcdefgh", "\x01\x7f", "x-amz-signature"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                      [](const std::vector<std::string>& parts) {
                        std::string joined;
                        for (const std::string& part : parts) joined += part;
                        return joined;
                      });
}

// A name that is no parameter of a signature, and no two of which are the same.
std::string parameter_name(std::size_t number, const std::string& rest) {
  return "p" + std::to_string(number) + rest;
}

struct Parameters {
  std::vector<std::string> texts;  // name, value, name, value ...
  std::vector<QueryParameter> list() const {
    std::vector<QueryParameter> out;
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2) out.push_back({texts[i], texts[i + 1]});
    return out;
  }
};

Parameters any_parameters() {
  Parameters out;
  const auto count = *rc::gen::inRange<std::size_t>(0, 5);
  for (std::size_t i = 0; i < count; ++i) {
    out.texts.push_back(parameter_name(i, *text()));
    out.texts.push_back(*text());
  }
  return out;
}

// Values as HTTP can carry them.
rc::Gen<std::string> field_value() {
  return rc::gen::map(text(), [](std::string value) {
    std::erase_if(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return value;
  });
}

// A request of either form, signed by us.
Request any_request() {
  const Parameters parameters = any_parameters();
  const std::string note = *field_value(), type = *field_value();
  const std::vector<FieldView> fields = {{"x-amz-meta-note", note}, {"Content-Type", type}};
  const std::string method = *rc::gen::element<std::string>("GET", "PUT", "HEAD", "DELETE", "POST");
  if (*rc::gen::arbitrary<bool>())
    return header_signed({.method = method, .query = parameters.list(), .fields = fields});
  return presigned(
      {.method = method, .key = *text(), .query = parameters.list(), .fields = fields});
}

std::vector<std::string> split(const std::string& query) {
  std::vector<std::string> pairs;
  std::size_t begin = 0;
  while (begin < query.size()) {
    const auto end = std::min(query.find('&', begin), query.size());
    pairs.push_back(query.substr(begin, end - begin));
    begin = end + 1;
  }
  return pairs;
}

std::string join(const std::vector<std::string>& pairs) {
  std::string query;
  for (const std::string& pair : pairs) query += (query.empty() ? "" : "&") + pair;
  return query;
}

template <class T>
void shuffle(std::vector<T>& list) {
  for (std::size_t i = 1; i < list.size(); ++i)
    std::swap(list[i], list[*rc::gen::inRange<std::size_t>(0, i + 1)]);
}

RC_GTEST_PROP(SignatureProperty, WhatIsSignedIsVerified, ()) {
  RC_ASSERT(any_request().accepted());
}

RC_GTEST_PROP(SignatureProperty, OrderOfParametersAndFieldsDoesNotMatter, ()) {
  Request request = any_request();
  std::vector<std::string> pairs = split(request.query);
  shuffle(pairs);
  request.query = join(pairs);
  std::vector<std::pair<std::string, std::string>> fields(request.fields.begin(),
                                                          request.fields.end());
  shuffle(fields);
  request.fields.assign(fields.begin(), fields.end());
  RC_ASSERT(request.accepted());
}

// One place of the request, and another byte there.
void flip(std::string& part, std::size_t at) {
  const char before = part[at];
  do part[at] = static_cast<char>(*rc::gen::inRange<int>('!', 127));
  while (part[at] == before);
}

// What the request means: every escape decoded, the order of parameters without a meaning.
std::string meaning(const Request& request) {
  std::vector<std::string> pairs;
  for (const std::string& pair : split(request.query)) {
    const auto equals = std::min(pair.find('='), pair.size());
    pairs.push_back(
        percent_decode(pair.substr(0, equals)).value_or("(broken)") + '\0' +
        percent_decode(pair.substr(std::min(equals + 1, pair.size()))).value_or("(broken)"));
  }
  std::ranges::sort(pairs);
  std::string out =
      request.method + '\0' + percent_decode(request.path).value_or("(broken)") + '\0';
  return out + join(pairs);
}

RC_GTEST_PROP(SignatureProperty, AnyOtherByteOfPathQueryOrMethodIsRefused, ()) {
  const Request good = any_request();
  Request request = good;
  std::string Request::* const part =
      *rc::gen::element(&Request::path, &Request::query, &Request::method);
  RC_PRE(!(request.*part).empty());
  flip(request.*part, *rc::gen::inRange<std::size_t>(0, (request.*part).size()));
  RC_PRE(meaning(request) != meaning(good));  // %2f for %2F
  RC_ASSERT(!request.verify().has_value());
}

RC_GTEST_PROP(SignatureProperty, AnyOtherByteOfASignedFieldIsRefused, ()) {
  Request request = any_request();
  const auto index = *rc::gen::inRange<std::size_t>(0, request.fields.size());
  auto& [name, value] = request.fields[index];
  RC_PRE(!value.empty());
  const auto at = *rc::gen::inRange<std::size_t>(0, value.size());
  RC_PRE(value[at] != ' ');
  RC_PRE(name != "Authorization" || value.find("Signature=") < at);
  flip(value, at);
  RC_ASSERT(!request.verify().has_value());
}

RC_GTEST_PROP(SignatureProperty, ARequestWithoutOneOfItsPartsIsRefused, ()) {
  Request request = any_request();
  std::vector<std::string> pairs = split(request.query);
  if (!pairs.empty() && *rc::gen::arbitrary<bool>()) {
    pairs.erase(pairs.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(pairs)));
    request.query = join(pairs);
  } else {
    const auto index = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(request.fields));
    RC_PRE(request.fields[static_cast<std::size_t>(index)].first != "Authorization");
    request.fields.erase(request.fields.begin() + index);
  }
  RC_ASSERT(!request.verify().has_value());
}

RC_GTEST_PROP(EncodingProperty, DecodingIsTheInverseOfEncoding, ()) {
  const std::string plain = *rc::gen::oneOf(text(), rc::gen::string<std::string>());
  for (const Slash slash : {Slash::keep, Slash::encode}) {
    const std::string encoded = percent_encode(plain, slash);
    RC_ASSERT(percent_decode(encoded) == plain);
    std::string written(3 * plain.size(), '\0');
    written.resize(
        static_cast<std::size_t>(encode_to(written.data(), plain, slash) - written.data()));
    RC_ASSERT(written == encoded);
    std::pmr::monotonic_buffer_resource memory;
    RC_ASSERT(canonical_text(encoded, slash, memory) == std::string_view(encoded));
    RC_ASSERT(decoded_text(encoded, memory) == plain);
  }
}

RC_GTEST_PROP(EncodingProperty, CanonicalTextIsDecodedOnceAndEncodedOnce, ()) {
  const std::string raw = *rc::gen::oneOf(text(), rc::gen::string<std::string>());
  for (const Slash slash : {Slash::keep, Slash::encode}) {
    std::pmr::monotonic_buffer_resource memory;
    const auto canonical = canonical_text(raw, slash, memory);
    const auto decoded = percent_decode(raw);
    RC_ASSERT(canonical.has_value() == decoded.has_value());
    if (canonical) RC_ASSERT(*canonical == percent_encode(*decoded, slash));
  }
}

RC_GTEST_PROP(CredentialProperty, ParsingIsTheInverseOfWriting, ()) {
  const std::string id = "A" + *text();
  auto part = rc::gen::map(text(), [](std::string s) {
    std::erase(s, '/');
    return s;
  });
  const std::string region = *part, service = *part;
  const std::string written = Credential{id, {"20261124", region, service}}.text();
  const auto parsed = Credential::parse(written);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->access_key_id == id && parsed->scope.region == region);
  RC_ASSERT(parsed->scope.service == service && parsed->text() == written);
}

RC_GTEST_PROP(HashProperty, InPlaceOrInPiecesTheHashIsTheSame, ()) {
  const std::string bytes(*rc::gen::inRange<std::size_t>(0, 400), 'x');
  const HmacSha256Key key(*text());
  std::string room = bytes + std::string(sha256_padding, '\0');
  RC_ASSERT(sha256_in_place(room.data(), bytes.size()) == sha256(bytes));
  RC_ASSERT(key.sign_in_place(room.data(), bytes.size()) == key.sign(bytes));
  RC_ASSERT(HmacSha256Key(key.words()).sign(bytes) == key.sign(bytes));
  RC_ASSERT(std::string_view(room).substr(0, bytes.size()) == bytes);
}

}  // namespace
}  // namespace signpost::sigv4
