// Framing and signatures of aws-chunked bodies: the worked examples of the S3 API reference
// ("Transferring Payload in Multiple Chunks", with and without trailing headers), what clients
// send, and what attackers send.
#include <gtest/gtest.h>

#include <variant>

#include "base/limits.hpp"
#include "sigv4/aws_chunked_decoder.hpp"
#include "sigv4/aws_chunked_encoder.hpp"
#include "sigv4/verify_fixture.hpp"

namespace signpost::sigv4 {
namespace {

using testing::header_signed;
using Kind = AwsChunkedDecoder::Step::Kind;

constexpr std::string_view signed_kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view signed_trailer_kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

struct Decoded {
  std::string data;
  std::optional<ChunkedError> error = {};
  std::vector<Trailer> trailers = {};
};

// Everything, shown in pieces of `step` bytes, as a connection does.
Decoded decode(const ChunkedBody& body, std::string_view wire, std::size_t step = 1 << 20) {
  AwsChunkedDecoder decoder(body);
  Decoded out;
  std::string arrived;
  for (;;) {
    const auto next = decoder.next(arrived);
    out.data += next.data;
    arrived.erase(0, next.consumed);
    if (next.kind == Kind::data) continue;
    if (next.kind == Kind::failed) {
      out.error = next.error;
      EXPECT_EQ(decoder.next("0\r\n\r\n").error, next.error);
      return out;
    }
    if (wire.empty()) break;
    if (next.kind == Kind::need_more) {
      EXPECT_LE(arrived.size(), limits::trailer_bytes);
    }
    arrived += wire.substr(0, step);
    wire.remove_prefix(std::min(step, wire.size()));
  }
  out.error = decoder.finish();
  out.trailers = decoder.trailers();
  if (!out.error) {
    EXPECT_EQ(decoder.decoded(), out.data.size());
  }
  return out;
}

std::string encode(AwsChunkedEncoder& encoder, std::string_view data, std::size_t chunk,
                   std::span<const Trailer> trailer = {}) {
  std::string wire;
  for (; !data.empty(); data.remove_prefix(std::min(chunk, data.size()))) {
    const std::string_view piece = data.substr(0, chunk);
    wire += encoder.chunk_head(piece);
    wire += piece;
    wire += AwsChunkedEncoder::chunk_end;
  }
  return wire + encoder.end(trailer);
}

const std::string example_data(66560, 'a');
const Trailer example_trailer{"x-amz-checksum-crc32c", "sOO8/Q=="};

SignedRequest example_request(std::string_view payload, std::span<const FieldView> fields) {
  const HeaderSigner signer(testing::credentials(), "us-east-1",
                            *Endpoint::parse("https://s3.amazonaws.com", Addressing::path_style));
  return signer.sign({.method = "PUT",
                      .bucket = "examplebucket",
                      .key = "chunkObject.txt",
                      .signed_fields = fields,
                      .payload_hash = payload,
                      .date = *AmzDate::parse("20130524T000000Z")});
}

SignedRequest example_without_trailer() {
  const FieldView fields[] = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                              {"Content-Encoding", "aws-chunked"},
                              {"x-amz-decoded-content-length", "66560"},
                              {"Content-Length", "66824"}};
  return example_request(signed_kind, fields);
}

SignedRequest example_with_trailer() {
  const FieldView fields[] = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                              {"Content-Encoding", "aws-chunked"},
                              {"x-amz-decoded-content-length", "66560"},
                              {"x-amz-trailer", "x-amz-checksum-crc32c"}};
  return example_request(signed_trailer_kind, fields);
}

ChunkedBody body_of(const SignedRequest& request, PayloadKind kind) {
  ChunkedBody body{.kind = kind, .decoded_length = 66560, .seed = request.chunk_seed};
  if (kind == PayloadKind::streaming_signed_trailer) body.trailer_names = {example_trailer.name};
  return body;
}

std::string signature_line(std::string_view wire, std::size_t from) {
  return std::string(wire.substr(wire.find("signature", from), 82));
}

TEST(AwsChunkedExamples, SignedChunks) {
  const SignedRequest request = example_without_trailer();
  ASSERT_TRUE(request.chunk_seed);
  EXPECT_EQ(request.chunk_seed->previous.hex(),
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  AwsChunkedEncoder encoder(PayloadKind::streaming_signed, request.chunk_seed);
  const std::string wire = encode(encoder, example_data, 65536);
  EXPECT_EQ(wire.size(), 66824u);
  EXPECT_EQ(wire.size(), encoded_length(PayloadKind::streaming_signed, 66560, 65536));
  EXPECT_TRUE(
      wire.starts_with("10000;chunk-signature="
                       "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
                       "\r\naaaa"));
  EXPECT_NE(wire.find("a\r\n400;chunk-signature="
                      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\naaaa"),
            std::string::npos);
  EXPECT_TRUE(
      wire.ends_with("a\r\n0;chunk-signature="
                     "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
                     "\r\n\r\n"));
  for (std::size_t step : {1u, 7u, 100u, 4096u, 100000u}) {
    const Decoded out = decode(body_of(request, PayloadKind::streaming_signed), wire, step);
    EXPECT_FALSE(out.error) << to_string(*out.error);
    EXPECT_EQ(out.data, example_data);
  }
}

TEST(AwsChunkedExamples, SignedChunksAndTrailer) {
  const SignedRequest request = example_with_trailer();
  ASSERT_TRUE(request.chunk_seed);
  EXPECT_EQ(request.chunk_seed->previous.hex(),
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  AwsChunkedEncoder encoder(PayloadKind::streaming_signed_trailer, request.chunk_seed);
  const std::string wire = encode(encoder, example_data, 65536, {&example_trailer, 1});
  EXPECT_EQ(wire.size(), encoded_length(PayloadKind::streaming_signed_trailer, 66560, 65536,
                                        {&example_trailer, 1}));
  EXPECT_EQ(signature_line(wire, 0),
            "signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\naaaaaa");
  EXPECT_EQ(signature_line(wire, 65600),
            "signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\naaaaaa");
  EXPECT_TRUE(
      wire.ends_with("0;chunk-signature="
                     "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
                     "x-amz-checksum-crc32c:sOO8/Q==\r\n"
                     "x-amz-trailer-signature:"
                     "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"));
  for (std::size_t step : {1u, 7u, 100u, 100000u}) {
    const Decoded out = decode(body_of(request, PayloadKind::streaming_signed_trailer), wire, step);
    EXPECT_FALSE(out.error) << to_string(*out.error);
    EXPECT_EQ(out.data, example_data);
    ASSERT_EQ(out.trailers.size(), 1u);
    EXPECT_EQ(out.trailers[0].name, "x-amz-checksum-crc32c");
    EXPECT_EQ(out.trailers[0].value, "sOO8/Q==");
  }
}

// The documentation's own form, and MinIO's for Go: "name:value" LF CRLF.
TEST(AwsChunked, TrailerLinesMayEndWithLineFeedAndCrlf) {
  const SignedRequest request = example_with_trailer();
  AwsChunkedEncoder encoder(PayloadKind::streaming_signed_trailer, request.chunk_seed);
  std::string wire = encode(encoder, example_data, 65536, {&example_trailer, 1});
  wire.insert(wire.find("==\r\nx-amz-trailer") + 2, "\n");
  EXPECT_FALSE(decode(body_of(request, PayloadKind::streaming_signed_trailer), wire, 3).error);
  const ChunkedBody body{.decoded_length = 3, .trailer_names = {"x-amz-checksum-crc32"}};
  EXPECT_FALSE(decode(body, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n").error);
}

TEST(AwsChunked, AnyFlippedBitOfASignedBodyIsRefused) {
  const SignedRequest request = example_with_trailer();
  const ChunkedBody body = body_of(request, PayloadKind::streaming_signed_trailer);
  AwsChunkedEncoder encoder(PayloadKind::streaming_signed_trailer, request.chunk_seed);
  const std::string wire = encode(encoder, example_data, 65536, {&example_trailer, 1});
  ASSERT_FALSE(decode(body, wire).error);
  for (std::size_t i = 0; i < wire.size(); ++i) {
    const bool in_data = wire[i] == 'a' && wire[i == 0 ? 0 : i - 1] == 'a';
    if (in_data && i % 4099 != 0) continue;
    std::string changed = wire;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(decode(body, changed).error) << "at " << i;
  }
  // Case is no change of meaning in a name or in the size alone.
  for (std::size_t i : {wire.find("b474"), wire.find("2ca2"), wire.find("d81f8")}) {
    std::string changed = wire;
    changed[i] = changed[i] == 'b' ? 'c' : '3';
    EXPECT_EQ(decode(body, changed).error, ChunkedError::signature_mismatch);
  }
}

TEST(AwsChunked, EveryPlaceToEndTooEarlyIsIncomplete) {
  const ChunkedBody body{.decoded_length = 5, .trailer_names = {"x-amz-checksum-crc32"}};
  const std::string wire = "3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
  ASSERT_FALSE(decode(body, wire).error);
  for (std::size_t size = 0; size < wire.size(); ++size)
    EXPECT_EQ(decode(body, wire.substr(0, size)).error, ChunkedError::incomplete) << size;
  EXPECT_EQ(decode(body, wire + "x").error, ChunkedError::bytes_behind_the_end);
}

TEST(AwsChunked, LengthMustBeWhatWasAnnounced) {
  ChunkedBody body{.decoded_length = 4};
  EXPECT_EQ(decode(body, "5\r\nabcde\r\n0\r\n\r\n").error, ChunkedError::wrong_length);
  EXPECT_EQ(decode(body, "3\r\nabc\r\n0\r\n\r\n").error, ChunkedError::wrong_length);
  EXPECT_EQ(decode(body, "ffffffffffffffff\r\nabc").error, ChunkedError::wrong_length);
  EXPECT_FALSE(decode(body, "0004\r\nabcd\r\n0\r\n\r\n").error);
  body.decoded_length = 0;
  EXPECT_FALSE(decode(body, "0\r\n\r\n").error);
  EXPECT_EQ(decode(body, "0\r\n\r\n").data, "");
}

TEST(AwsChunked, MalformedFramingIsRefused) {
  const ChunkedBody body{.decoded_length = 3};
  for (std::string_view wire :
       {"\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "0x3\r\nabc\r\n", "-3\r\nabc\r\n", "+3\r\nabc",
        "3\nabc\r\n", "3;a=b\r\nabc\r\n0\r\n\r\n", "g\r\n", "10000000000000003\r\nabc",
        "3\r\nabcd\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3;\r\nabc\r\n0;\r\n\r\n"})
    EXPECT_EQ(decode(body, wire).error, ChunkedError::malformed_chunk) << wire;
  // Case D11: the line that never ends.
  EXPECT_EQ(decode(body, std::string(8193, '3'), 100).error, ChunkedError::malformed_chunk);
  const SignedRequest request = example_without_trailer();
  const ChunkedBody signed_body = body_of(request, PayloadKind::streaming_signed);
  EXPECT_EQ(decode(signed_body, "10000\r\naaa").error, ChunkedError::malformed_chunk);
  EXPECT_EQ(decode(signed_body, "10000;chunk-signature=ab\r\naaa").error,
            ChunkedError::malformed_chunk);
}

TEST(AwsChunked, TrailersMustBeThoseAnnounced) {
  const ChunkedBody body{.decoded_length = 0, .trailer_names = {"x-amz-checksum-crc32"}};
  for (std::string_view trailer :
       {"", "x-amz-checksum-crc32c:AAAAAA==\r\n", "x-amz-checksum-crc32:A\r\nx-amz-acl:public\r\n",
        "x-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:A\r\n", "x-amz-checksum-crc32\r\n",
        "x-amz-checksum-crc32:a\tb\r\n", "x-amz-checksum-crc32:A\r\nx-amz-trailer-signature:0\r\n",
        "\n"})
    EXPECT_EQ(decode(body, "0\r\n" + std::string(trailer) + "\r\n").error,
              ChunkedError::malformed_trailer)
        << trailer;
  EXPECT_EQ(decode(body, "0\r\n" + std::string(limits::trailer_bytes + 1, 'x'), 100).error,
            ChunkedError::malformed_trailer);
  EXPECT_FALSE(decode(body, "0\r\nX-Amz-Checksum-CRC32: AAAAAA== \r\n\r\n").error);
}

TEST(AwsChunked, ASignedTrailerNeedsItsSignature) {
  const SignedRequest request = example_with_trailer();
  ChunkedBody body = body_of(request, PayloadKind::streaming_signed_trailer);
  AwsChunkedEncoder encoder(PayloadKind::streaming_signed_trailer, request.chunk_seed);
  const std::string wire = encode(encoder, example_data, 65536, {&example_trailer, 1});
  const auto at = wire.find("x-amz-trailer-signature");
  EXPECT_EQ(decode(body, wire.substr(0, at) + "\r\n").error, ChunkedError::malformed_trailer);
  EXPECT_EQ(decode(body, wire.substr(0, wire.size() - 2) + wire.substr(at)).error,
            ChunkedError::malformed_trailer);
  body.trailer_names.emplace_back("x-amz-checksum-sha1");
  EXPECT_EQ(decode(body, wire).error, ChunkedError::malformed_trailer);
}

TEST(AwsChunked, SmallSignedChunksAreRefusedUnlessTheLast) {
  SignedRequest request = example_without_trailer();
  ChunkedBody body = body_of(request, PayloadKind::streaming_signed);
  body.decoded_length = 16384;
  const std::string data(16384, 'b');
  const auto wire = [&](std::size_t chunk) {
    AwsChunkedEncoder encoder(PayloadKind::streaming_signed, request.chunk_seed);
    return encode(encoder, data, chunk);
  };
  EXPECT_EQ(decode(body, wire(8191)).error, ChunkedError::chunk_too_small);
  EXPECT_FALSE(decode(body, wire(8192)).error);
  EXPECT_FALSE(decode(body, wire(8193)).error);
}

// The fields that announce a body, as a verified request has them.
std::expected<ChunkedBody, ChunkedError> announced(std::string_view payload,
                                                   std::vector<FieldView> fields) {
  const testing::Request request = header_signed(
      {.method = "PUT", .fields = std::move(fields), .payload_hash = std::string(payload)});
  auto identity = request.verify();
  EXPECT_TRUE(identity.has_value()) << identity.error().message;
  std::vector<FieldView> views;
  for (const auto& [name, value] : request.fields) views.push_back({name, value});
  const auto& verified = std::get<Verified>(*identity);
  return ChunkedBody::of(verified, verified.signed_fields(views));
}

TEST(AwsChunked, BodyIsWhatTheSignedFieldsSay) {
  const auto body =
      announced(signed_trailer_kind, {{"x-amz-decoded-content-length", "12"},
                                      {"x-amz-trailer", "X-Amz-Checksum-CRC32, x-amz-meta-a"}});
  ASSERT_TRUE(body);
  EXPECT_EQ(body->decoded_length, 12u);
  EXPECT_EQ(body->kind, PayloadKind::streaming_signed_trailer);
  EXPECT_TRUE(body->seed.has_value());
  EXPECT_EQ(body->trailer_names,
            (std::vector<std::string>{"x-amz-checksum-crc32", "x-amz-meta-a"}));
  const auto refused = [](std::string_view payload, std::vector<FieldView> fields) {
    return announced(payload, std::move(fields)).error();
  };
  EXPECT_EQ(refused(signed_kind, {}), ChunkedError::missing_length);
  for (std::string_view bad : {"", "-1", "1.5", "18446744073709551616", "1e3", "0x10", " "})
    EXPECT_EQ(refused(signed_kind, {{"x-amz-decoded-content-length", bad}}),
              ChunkedError::invalid_length);
  for (std::string_view bad : {"", ",", "a,a", "a b", "a,", "x-amz-trailer-signature", "a:b"})
    EXPECT_EQ(refused(signed_trailer_kind,
                      {{"x-amz-decoded-content-length", "1"}, {"x-amz-trailer", bad}}),
              ChunkedError::invalid_announcement)
        << bad;
  EXPECT_EQ(refused(signed_kind,
                    {{"x-amz-decoded-content-length", "1"}, {"x-amz-trailer", "x-amz-checksum-a"}}),
            ChunkedError::invalid_announcement);
}

TEST(AwsChunked, EveryErrorHasACodeAStatusAndASentence) {
  using enum ChunkedError;
  for (ChunkedError error :
       {missing_length, invalid_length, invalid_announcement, malformed_chunk, chunk_too_small,
        wrong_length, incomplete, bytes_behind_the_end, malformed_trailer, signature_mismatch}) {
    EXPECT_FALSE(s3_code(error).empty());
    EXPECT_GE(http_status(error), 400u);
    EXPECT_LT(http_status(error), 500u);
    EXPECT_FALSE(to_string(error).empty());
  }
}

}  // namespace
}  // namespace signpost::sigv4
