#pragma once

#include <deque>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "sigv4/presign.hpp"

// Signed requests as text: the format of test/vectors/sigv4/README.md.
namespace signpost::testing {

using Pairs = std::deque<std::pair<std::string, std::string>>;

struct SignatureRecord {
  std::string kind;
  std::map<std::string, std::string> values;
  std::map<std::string, Pairs> lists;  // of the names that have two values: "query", "field"

  const std::string& get(const std::string& name) const { return values.at(name); }
  const Pairs& list(const std::string& name) const {
    static const Pairs none;
    const auto at = lists.find(name);
    return at == lists.end() ? none : at->second;
  }
};

inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else {
      out += static_cast<char>(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
      i += 3;
    }
  }
  return out;
}

// The next record; nothing at the end.
inline std::optional<SignatureRecord> read_record(std::istream& in) {
  std::optional<SignatureRecord> out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      if (out) return out;
    } else if (!out) {
      out.emplace().kind = line;
    } else {
      const auto tab = line.find('\t');
      const std::string name = line.substr(0, tab);
      const std::string_view rest = std::string_view(line).substr(tab + 1);
      const auto second = rest.find('\t');
      if (second == std::string_view::npos)
        out->values[name] = unescape(rest);
      else
        out->lists[name].emplace_back(unescape(rest.substr(0, second)),
                                      unescape(rest.substr(second + 1)));
    }
  }
  return out;
}

// The pairs as what signers take. Views of the pairs.
inline std::vector<sigv4::QueryParameter> parameters_of(const Pairs& pairs) {
  std::vector<sigv4::QueryParameter> out;
  for (const auto& [name, value] : pairs) out.push_back({name, value});
  return out;
}
inline std::vector<FieldView> fields_of(const Pairs& pairs) {
  std::vector<FieldView> out;
  for (const auto& [name, value] : pairs) out.push_back({name, value});
  return out;
}

// The endpoint of a record that has one, and its credentials.
inline sigv4::Endpoint endpoint_of(const SignatureRecord& record) {
  return *sigv4::Endpoint::parse(record.get("endpoint"), record.get("style") == "path"
                                                             ? sigv4::Addressing::path_style
                                                             : sigv4::Addressing::virtual_host);
}
inline sigv4::Credentials credentials_of(const SignatureRecord& record) {
  return {.access_key_id = record.get("access_key"),
          .secret_access_key = Secret(record.get("secret")),
          .session_token = Secret(record.get("token"))};
}

// What Presigner makes of a record of kind "presign".
inline std::string presign(const SignatureRecord& record) {
  const std::string service = record.values.contains("service") ? record.get("service") : "s3";
  const sigv4::Presigner presigner(credentials_of(record), record.get("region"),
                                   endpoint_of(record), service);
  const auto query = parameters_of(record.list("query"));
  const auto fields = fields_of(record.list("field"));
  return presigner.presign({.method = record.get("method"),
                            .bucket = record.get("bucket"),
                            .key = record.get("key"),
                            .query = query,
                            .signed_fields = fields,
                            .date = *sigv4::AmzDate::parse(record.get("date")),
                            .expires = std::chrono::seconds(*parse_u64(record.get("expires")))});
}

}  // namespace signpost::testing
