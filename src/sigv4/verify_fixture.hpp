#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"
#include "sigv4/verify.hpp"

// Requests as they arrive at a verifier, for its tests to spoil.
namespace signpost::sigv4::testing {

inline constexpr const char* akid = "AKIAIOSFODNN7EXAMPLE";
inline constexpr const char* secret_text = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline const AmzDate signed_at = *AmzDate::parse("20261124T040506Z");
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline Credentials credentials() {
  return {.access_key_id = akid, .secret_access_key = Secret(secret_text)};
}

inline Endpoint store() {
  return *Endpoint::parse("http://127.0.0.1:9000", Addressing::path_style);
}

// A request as it arrives, to be spoilt by a test.
struct Request {
  std::string method, path, query;
  std::deque<std::pair<std::string, std::string>> fields;
  UnixSeconds now = signed_at.time() + seconds(1);
  SessionTokens tokens = SessionTokens::refuse;
  std::string known_secret = secret_text;

  std::expected<Identity, Rejection> verify() const {
    std::vector<FieldView> views;
    for (const auto& [name, value] : fields) views.push_back({name, value});
    const Verifier verifier({.region = "us-east-1", .session_tokens = tokens},
                            [this](std::string_view id) -> SharedSecret {
                              if (id != akid) return nullptr;
                              return std::make_shared<const Secret>(known_secret);
                            });
    return verifier.verify({method, path, query, views}, now);
  }
  bool accepted() const {
    const auto outcome = verify();
    return outcome && std::holds_alternative<Verified>(*outcome);
  }
  bool anonymous() const {
    const auto outcome = verify();
    return outcome && std::holds_alternative<Anonymous>(*outcome);
  }
  Request& add(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  std::string& field(std::string_view name) {
    for (auto& [key, value] : fields)
      if (equal_ignoring_case(key, name)) return value;
    ADD_FAILURE() << "no field " << name;
    return fields.front().second;
  }
  void remove(std::string_view name) {
    std::erase_if(fields, [&](const auto& f) { return equal_ignoring_case(f.first, name); });
  }
  // Replaces the first occurrence in the query, or in the Authorization field.
  Request& in_query(std::string_view from, std::string_view to) { return swap(query, from, to); }
  Request& in_header(std::string_view from, std::string_view to) {
    return swap(field("authorization"), from, to);
  }

 private:
  Request& swap(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos)
      ADD_FAILURE() << from << " is not in " << text;
    else
      text.replace(at, from.size(), to);
    return *this;
  }
};

struct PresignOptions {
  std::string method = "GET";
  std::string key = "a";
  seconds expires = minutes(3);
  std::vector<QueryParameter> query = {};
  std::vector<FieldView> fields = {};
  std::string token = {};
  AmzDate date = signed_at;
};

inline Request presigned(const PresignOptions& options = {}) {
  Credentials who = credentials();
  who.session_token = Secret(options.token);
  const Presigner presigner(std::move(who), "us-east-1", store());
  const std::string url = presigner.presign({.method = options.method,
                                             .bucket = "photos",
                                             .key = options.key,
                                             .query = options.query,
                                             .signed_fields = options.fields,
                                             .date = options.date,
                                             .expires = options.expires});
  const auto slash = url.find('/', 8), question = url.find('?');
  Request out{.method = options.method,
              .path = url.substr(slash, question - slash),
              .query = url.substr(question + 1)};
  out.add("Host", "127.0.0.1:9000");
  for (const FieldView& field : options.fields)
    out.add(std::string(field.name), std::string(field.value));
  return out;
}

struct SignOptions {
  std::string method = "GET";
  std::vector<QueryParameter> query = {};
  std::vector<FieldView> fields = {};
  std::string payload_hash = std::string(empty_payload);
  std::string token = {};
};

inline Request header_signed(const SignOptions& options = {}) {
  Credentials who = credentials();
  who.session_token = Secret(options.token);
  const HeaderSigner signer(std::move(who), "us-east-1", store());
  const SignedRequest made = signer.sign({.method = options.method,
                                          .bucket = "photos",
                                          .key = "a",
                                          .query = options.query,
                                          .signed_fields = options.fields,
                                          .payload_hash = options.payload_hash,
                                          .date = signed_at});
  const auto question = std::min(made.target.find('?'), made.target.size());
  Request out{.method = options.method,
              .path = made.target.substr(0, question),
              .query = question < made.target.size() ? made.target.substr(question + 1) : ""};
  out.add("Host", made.host);
  for (const auto& [name, value] : made.fields) out.add(name, value);
  for (const FieldView& field : options.fields)
    out.add(std::string(field.name), std::string(field.value));
  return out;
}

// The refusal, with its detail of that name where one is wanted.
inline void expect_refusal(const Request& request, Refusal refusal,
                           std::string_view message_part = "") {
  const auto outcome = request.verify();
  ASSERT_FALSE(outcome.has_value()) << request.query;
  EXPECT_EQ(outcome.error().refusal, refusal)
      << s3_code(outcome.error().refusal) << ": " << outcome.error().message;
  EXPECT_NE(outcome.error().message.find(message_part), std::string::npos)
      << outcome.error().message;
}

inline std::string detail(const Request& request, std::string_view name) {
  const auto outcome = request.verify();
  if (outcome) return "(accepted)";
  for (const auto& [key, value] : outcome.error().details)
    if (key == name) return value;
  return "(absent)";
}

}  // namespace signpost::sigv4::testing
