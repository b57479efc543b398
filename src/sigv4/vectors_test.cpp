// The general signing test suite of aws-c-auth (its folder of plain files), at every stage, in both
// forms, where the folder is at hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory_resource>
#include <sstream>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "sigv4/authorization_header.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/signing_key.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::sigv4 {
namespace {

namespace fs = std::filesystem;

const fs::path vectors = fs::path(SIGNPOST_SOURCE_DIR) / "../shared/vectors/v4";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  std::string text = out.str();
  std::erase(text, '\r');
  return text;
}

// The value of a member of the flat context.json: a string, a number or a word.
std::string member(const std::string& json, const std::string& name) {
  auto at = json.find("\"" + name + "\"");
  if (at == std::string::npos) return "";
  at = json.find_first_not_of(" :", json.find(':', at));
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",}\n ", at) - at);
}

struct Vector {
  fs::path folder;
  std::string context, method, path, query, body;
  std::string head;                       // up to the blank line
  std::deque<std::string> names, values;  // of the fields

  explicit Vector(fs::path dir) : folder(std::move(dir)) {
    context = read(folder / "context.json");
    std::string raw = read(folder / "request.txt");
    const auto blank = raw.find("\n\n");
    if (blank != std::string::npos) body = raw.substr(blank + 2);
    head = raw.substr(0, blank);
    if (!head.ends_with('\n')) head += '\n';
    std::istringstream lines(head);
    std::string line;
    std::getline(lines, line);
    method = line.substr(0, line.find(' '));
    const auto last = line.rfind(' ');
    const std::string target = line.substr(method.size() + 1, last - method.size() - 1);
    path = target.substr(0, target.find('?'));
    if (path.size() < target.size()) query = target.substr(path.size() + 1);
    while (std::getline(lines, line)) {
      if (line.empty()) continue;
      if (line[0] == ' ' || line[0] == '\t') {
        values.back() += "\n" + line;  // folded
      } else {
        const auto colon = line.find(':');
        names.push_back(line.substr(0, colon));
        values.push_back(line.substr(colon + 1));
      }
    }
  }
  std::string get(const std::string& name) const { return member(context, name); }
};

struct Stages {
  std::string canonical_request, string_to_sign, signature, signed_request;
};

// The whole request as it is sent: the signature's own fields behind the others, or its parameters
// behind the others, in the order of the suite.
std::string signed_request(const Vector& v, bool in_query, const Credential& credential,
                           std::string_view date, std::string_view signed_headers,
                           std::string_view payload, std::string_view signature) {
  const std::string token = v.get("token");
  if (!in_query) {
    const std::string credential_text = credential.text();
    const AuthorizationHeader header{credential_text, signed_headers, signature};
    std::string out = v.head;
    if (!token.empty()) out += "X-Amz-Security-Token:" + token + "\n";
    out += "X-Amz-Date:" + std::string(date) + "\n";
    if (v.get("sign_body") == "true") out += "x-amz-content-sha256:" + std::string(payload) + "\n";
    return out + "Authorization:" + header.text() + "\n\n" + v.body;
  }
  const auto encoded = [](std::string_view text) { return percent_encode(text, Slash::encode); };
  std::string query = v.query.empty() ? "?" : "&";
  query += "X-Amz-Algorithm=" + std::string(algorithm);
  query += "&X-Amz-Credential=" + encoded(credential.text());
  query += "&X-Amz-Date=" + std::string(date);
  query += "&X-Amz-SignedHeaders=" + encoded(signed_headers);
  query += "&X-Amz-Expires=" + v.get("expiration_in_seconds");
  if (!token.empty()) query += "&X-Amz-Security-Token=" + encoded(token);
  query += "&X-Amz-Signature=" + std::string(signature);
  std::string out = v.head;
  out.insert(out.find(" HTTP/1.1\n"), query);
  return out + "\n" + v.body;
}

// Signs the vector's request as a client would, out of the library's steps.
Stages sign(const Vector& v, bool in_query) {
  std::pmr::monotonic_buffer_resource memory;
  std::string iso = v.get("timestamp");  // 2015-08-30T12:36:00Z
  std::erase_if(iso, [](char c) { return c == '-' || c == ':'; });
  const AmzDate date = *AmzDate::parse(iso);
  const std::string region = v.get("region"), service = v.get("service");
  const CredentialScope scope{date.day(), region, service};
  const std::string token = v.get("omit_session_token") == "true" ? "" : v.get("token");
  const std::string payload = hex_encode(sha256(v.body));

  std::vector<FieldView> fields;
  for (std::size_t i = 0; i < v.names.size(); ++i) fields.push_back({v.names[i], v.values[i]});
  if (!in_query) {
    fields.push_back({"X-Amz-Date", date.text()});
    if (!token.empty()) fields.push_back({"X-Amz-Security-Token", token});
    if (v.get("sign_body") == "true") fields.push_back({"x-amz-content-sha256", payload});
  }
  std::vector<std::string> names;
  for (const FieldView& field : fields) names.push_back(to_lower(field.name));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string signed_headers;
  for (const auto& name : names) signed_headers += (signed_headers.empty() ? "" : ";") + name;
  EXPECT_EQ(check_signed_headers(signed_headers), "");

  std::deque<std::string> kept;
  std::vector<EncodedPair> pairs;
  std::istringstream split(v.query);
  for (std::string item; std::getline(split, item, '&');) {
    kept.push_back(item);
    const std::string_view text = kept.back();
    const auto equals = std::min(text.find('='), text.size());
    pairs.push_back(
        {*canonical_text(text.substr(0, equals), Slash::encode, memory),
         *canonical_text(text.substr(std::min(equals + 1, text.size())), Slash::encode, memory)});
  }
  if (in_query) {
    const auto add = [&](std::string_view name, std::string_view value) {
      kept.push_back(percent_encode(value, Slash::encode));
      pairs.push_back({name, kept.back()});
    };
    add("X-Amz-Algorithm", algorithm);
    add("X-Amz-Credential", Credential{v.get("access_key_id"), scope}.text());
    add("X-Amz-Date", date.text());
    add("X-Amz-Expires", v.get("expiration_in_seconds"));
    add("X-Amz-SignedHeaders", signed_headers);
    if (!token.empty()) add("X-Amz-Security-Token", token);
  }
  const PathRule rule = v.get("normalize") == "true" ? PathRule::normalized : PathRule::s3;
  const CanonicalRequest request{.method = v.method,
                                 .uri = *canonical_uri(v.path, rule, memory),
                                 .query = canonical_query(pairs, memory),
                                 .fields = fields,
                                 .signed_headers = signed_headers,
                                 .payload_hash = payload};
  EXPECT_EQ(request.hash(), sha256(request.text()));
  const StringToSign to_sign(date, scope.text(), request.hash());
  const SigningKey key(Secret(v.get("secret_access_key")), scope);
  const std::string signature(key.sign(to_sign.text()).hex());
  const std::string access_key = v.get("access_key_id");
  return {request.text(), std::string(to_sign.text()), signature,
          signed_request(v, in_query, {access_key, scope}, date.text(), signed_headers, payload,
                         signature)};
}

TEST(AwsCAuthVectors, EveryStageOfBothForms) {
  if (!fs::exists(vectors)) GTEST_SKIP() << "no vectors at " << vectors;
  int checked = 0;
  for (const auto& entry : fs::directory_iterator(vectors)) {
    // A file that is not there would be read as empty.
    for (const char* name : {"context.json", "request.txt"})
      ASSERT_TRUE(fs::exists(entry.path() / name)) << entry.path();
    const Vector v(entry.path());
    for (const bool in_query : {false, true}) {
      SCOPED_TRACE(v.folder.filename().string() + (in_query ? " query" : " header"));
      const fs::path prefix = v.folder / (in_query ? "query-" : "header-");
      const auto expected = [&](const char* stage) { return read(prefix.string() + stage); };
      const Stages stages = sign(v, in_query);
      EXPECT_EQ(stages.canonical_request, expected("canonical-request.txt"));
      EXPECT_EQ(stages.string_to_sign, expected("string-to-sign.txt"));
      EXPECT_EQ(stages.signature, expected("signature.txt"));
      EXPECT_EQ(stages.signed_request, expected("signed-request.txt"));
      ++checked;
    }
  }
  EXPECT_EQ(checked, 76);
}

}  // namespace
}  // namespace signpost::sigv4
