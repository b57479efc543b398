// What botocore and the AWS SDK for JavaScript sign (test/vectors/sigv4): equal to ours, accepted
// by the verifier, and refused after any change.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <sstream>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/aws_chunked_decoder.hpp"
#include "sigv4/aws_chunked_encoder.hpp"
#include "sigv4/golden_fixture.hpp"
#include "sigv4/sign_header.hpp"
#include "sigv4/verify.hpp"

namespace signpost::sigv4 {
namespace {

using testing::presign;
using testing::read_records;
using Record = testing::SignatureRecord;

// A request as it arrives, whose parts a test may change before it is verified.
struct Arrived {
  std::string method, path, query;
  std::deque<std::pair<std::string, std::string>> fields;
  std::string region, access_key, secret;
  UnixSeconds now;

  explicit Arrived(const Record& record)
      : method(record.get("method")),
        fields(record.list("field")),
        region(record.get("region")),
        access_key(record.get("access_key")),
        secret(record.get("secret")),
        now(AmzDate::parse(record.get("date"))->time() + std::chrono::seconds(1)) {
    if (record.kind == "header") {
      path = record.get("path");
      query = record.get("wire_query");
      return;
    }
    const std::string& url = record.get("url");
    const auto host = url.find("://") + 3;
    const auto slash = url.find('/', host);
    const auto question = url.find('?');
    path = url.substr(slash, question - slash);
    query = url.substr(question + 1);
    const bool in_host = record.get("style") == "virtual" && !record.get("bucket").empty();
    fields.emplace_back("Host",
                        testing::endpoint_of(record).host(in_host ? record.get("bucket") : ""));
  }

  std::expected<Identity, Rejection> verify() const {
    const std::vector<FieldView> views = testing::fields_of(fields);
    const Verifier verifier({.region = region, .session_tokens = SessionTokens::accept},
                            [this](std::string_view id) -> SharedSecret {
                              if (id != access_key) return nullptr;
                              return std::make_shared<const Secret>(secret);
                            });
    return verifier.verify({method, path, query, views}, now);
  }
  bool accepted() const {
    const auto outcome = verify();
    return outcome && std::holds_alternative<Verified>(*outcome);
  }
};

std::string signature_of(const std::string& url) {
  const auto at = url.find("X-Amz-Signature=", url.find('?'));
  return url.substr(at + 16, 64);
}

// Changes of meaning, one at a time: each must end in a refusal, never in Anonymous.
void expect_refused(const Arrived& arrived, const std::string& what) {
  const auto outcome = arrived.verify();
  EXPECT_FALSE(outcome.has_value()) << what;
}

void expect_every_change_refused(const Arrived& original) {
  Arrived changed = original;
  changed.method = original.method == "GET" ? "HEAD" : "GET";
  expect_refused(changed, "method");
  changed = original;
  changed.path += "x";
  expect_refused(changed, "longer path");
  changed = original;
  changed.path.insert(1, "/");
  expect_refused(changed, "another slash");
  changed = original;
  changed.query += "&versionId=1";
  expect_refused(changed, "another parameter");
  changed = original;
  changed.secret += "x";
  expect_refused(changed, "another secret");
  // Every letter or digit of path and query, but for those of percent-encodings, for another.
  for (std::string Arrived::* part : {&Arrived::path, &Arrived::query}) {
    const std::string& text = original.*part;
    const std::size_t step = text.size() > 700 ? 7 : 1;
    for (std::size_t i = 0; i < text.size(); i += step) {
      if (!is_alpha(text[i]) && !is_digit(text[i])) continue;
      if ((i >= 1 && text[i - 1] == '%') || (i >= 2 && text[i - 2] == '%')) continue;
      changed = original;
      (changed.*part)[i] = text[i] == 'q' ? 'r' : 'q';
      expect_refused(changed, text + " at " + std::to_string(i));
    }
  }
  for (std::size_t i = 0; i < original.fields.size(); ++i) {
    changed = original;
    changed.fields[i].second += "1";
    expect_refused(changed, "field " + original.fields[i].first);
    changed = original;
    changed.fields.erase(changed.fields.begin() + static_cast<std::ptrdiff_t>(i));
    if (to_lower(original.fields[i].first) != "authorization")
      expect_refused(changed, "without field " + original.fields[i].first);
  }
}

TEST(GoldenBotocore, UrlsAreEqualByteForByte) {
  int checked = 0;
  for (const Record& record : read_records("botocore.txt")) {
    if (record.kind != "presign") continue;
    EXPECT_EQ(presign(record), record.get("url"));
    ++checked;
  }
  EXPECT_GE(checked, 120);
}

// What HeaderSigner adds for the request of a record of kind "header".
std::string authorization_of(const Record& record, std::string_view host) {
  const std::string key = *percent_decode(record.get("path").substr(1));
  std::deque<std::string> texts;
  std::vector<QueryParameter> query;
  std::istringstream pairs(record.get("wire_query"));
  for (std::string pair; std::getline(pairs, pair, '&');) {
    const auto equals = std::min(pair.find('='), pair.size());
    texts.push_back(*percent_decode(pair.substr(0, equals)));
    texts.push_back(equals < pair.size() ? *percent_decode(pair.substr(equals + 1)) : "");
    query.push_back({texts[texts.size() - 2], texts.back()});
  }
  std::vector<FieldView> fields;
  for (const auto& [name, value] : record.list("field"))
    if (name != "Host" && name != "X-Amz-Date" && name != "X-Amz-Content-SHA256" &&
        name != "X-Amz-Security-Token" && name != "Authorization")
      fields.push_back({name, value});
  const HeaderSigner signer(
      testing::credentials_of(record), record.get("region"),
      *Endpoint::parse("http://" + std::string(host), Addressing::path_style));
  return signer
      .sign({.method = record.get("method"),
             .key = key,
             .query = query,
             .signed_fields = fields,
             .payload_hash = record.get("payload"),
             .date = *AmzDate::parse(record.get("date"))})
      .fields.back()
      .second;
}

TEST(GoldenBotocore, AuthorizationFieldsAreEqualAcceptedAndEveryChangeIsRefused) {
  int checked = 0;
  for (const Record& record : read_records("botocore.txt")) {
    if (record.kind != "header") continue;
    const auto field = [&](std::string_view name) {
      const auto& fields = record.list("field");
      const auto at = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
      return at == fields.end() ? std::string() : at->second;
    };
    // Ours always sends x-amz-date; where botocore sends Date, only the verifier can be compared.
    if (field("Date").empty()) {
      EXPECT_EQ(authorization_of(record, field("Host")), field("Authorization"));
    }
    const Arrived arrived(record);
    EXPECT_TRUE(arrived.accepted()) << arrived.path;
    expect_every_change_refused(arrived);
    ++checked;
  }
  EXPECT_GE(checked, 6);
}

TEST(GoldenBotocore, UrlsAreAcceptedAndEveryChangeIsRefused) {
  for (const Record& record : read_records("botocore.txt")) {
    if (record.kind != "presign") continue;
    const Arrived arrived(record);
    EXPECT_TRUE(arrived.accepted()) << record.get("url");
    expect_every_change_refused(arrived);
  }
}

TEST(GoldenAwsSdkJs, SignaturesAreEqualForTheSameParameters) {
  int checked = 0;
  for (const Record& record : read_records("aws_sdk_js.txt")) {
    EXPECT_EQ(signature_of(presign(record)), signature_of(record.get("url"))) << record.get("url");
    EXPECT_TRUE(Arrived(record).accepted()) << record.get("url");
    ++checked;
  }
  EXPECT_GE(checked, 80);
}

TEST(GoldenAwsSdkJs, EveryChangeIsRefused) {
  for (const Record& record : read_records("aws_sdk_js.txt"))
    expect_every_change_refused(Arrived(record));
}

std::string encode(const Record& record) {
  AwsChunkedEncoder encoder(PayloadKind::streaming_unsigned_trailer, {});
  const std::size_t chunk = *parse_u64(record.get("chunk"));
  std::string wire;
  for (std::string_view data = record.get("data"); !data.empty();
       data.remove_prefix(std::min(chunk, data.size()))) {
    const std::string_view piece = data.substr(0, chunk);
    wire += encoder.chunk_head(piece);
    wire += piece;
    wire += AwsChunkedEncoder::chunk_end;
  }
  const auto& [name, value] = record.list("trailer").front();
  const Trailer trailer[] = {{name, value}};
  return wire + encoder.end(trailer);
}

// The data, or nothing where the body is refused or the trailer is another.
std::optional<std::string> decode(const Record& record, std::string_view wire) {
  const auto& [name, value] = record.list("trailer").front();
  AwsChunkedDecoder decoder({.decoded_length = record.get("data").size(), .trailer_names = {name}});
  std::string data;
  while (true) {
    const auto step = decoder.next(wire);
    data += step.data;
    wire.remove_prefix(step.consumed);
    if (step.kind != AwsChunkedDecoder::Step::Kind::data) break;
  }
  if (decoder.finish() || decoder.trailers().front().value != value) return std::nullopt;
  return data;
}

TEST(GoldenChunked, BodiesAreEqualByteForByteAndDecodedToTheirData) {
  int checked = 0;
  for (const char* file : {"chunked_botocore.txt", "chunked_aws_sdk_js.txt"}) {
    for (const Record& record : read_records(file)) {
      const std::string& wire = record.get("wire");
      EXPECT_EQ(encode(record), wire);
      EXPECT_EQ(decode(record, wire), record.get("data")) << wire;
      EXPECT_FALSE(decode(record, wire.substr(0, wire.size() - 1))) << "without its last byte";
      EXPECT_FALSE(decode(record, wire + "0")) << "with a byte behind it";
      ++checked;
    }
  }
  EXPECT_GE(checked, 100);
}

}  // namespace
}  // namespace signpost::sigv4
