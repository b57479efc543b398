// Any bytes as an aws-chunked body: the same whatever the pieces it comes in, never more data than
// came in, a bounded memory, and, where it is signed, no other data than those that were signed.
#include <cstdint>

#include "base/limits.hpp"
#include "sigv4/aws_chunked_decoder.hpp"
#include "sigv4/aws_chunked_encoder.hpp"
#include "sigv4_fixture.hpp"

using namespace signpost;
using sigv4::AwsChunkedDecoder;
using sigv4::ChunkedBody;
using sigv4::PayloadKind;

namespace {

using fuzz::require;

struct Outcome {
  std::string data;
  std::optional<sigv4::ChunkedError> error;
  std::vector<std::pair<std::string, std::string>> trailers;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Shows the body in pieces of `step` bytes, as a connection does.
Outcome decode(const ChunkedBody& body, std::string_view wire, std::size_t step) {
  using Kind = AwsChunkedDecoder::Step::Kind;
  AwsChunkedDecoder decoder(body);
  Outcome out;
  std::string arrived;
  std::size_t shown = 0;
  for (;;) {
    const auto next = decoder.next(arrived);
    require(next.consumed <= arrived.size());
    require(next.data.empty() ||
            (next.data.data() >= arrived.data() &&
             next.data.data() + next.data.size() <= arrived.data() + next.consumed));
    out.data += next.data;
    require(out.data.size() <= shown && out.data.size() <= body.decoded_length);
    arrived.erase(0, next.consumed);
    if (next.kind == Kind::failed) {
      out.error = next.error;
      require(decoder.next("0\r\n\r\n").error == next.error && decoder.finish() == next.error);
      return out;
    }
    if (next.kind == Kind::data) {
      require(!next.data.empty());
      continue;
    }
    if (wire.empty()) break;
    require(arrived.size() < limits::trailer_bytes);
    const std::string_view piece = wire.substr(0, step);
    arrived += piece;
    shown += piece.size();
    wire.remove_prefix(piece.size());
  }
  out.error = decoder.finish();
  for (const auto& [name, value] : decoder.trailers()) out.trailers.emplace_back(name, value);
  if (!out.error) require(out.data.size() == body.decoded_length && arrived.empty());
  return out;
}

// In one piece, byte by byte, and in pieces of that size.
Outcome decode_in_any_pieces(const ChunkedBody& body, std::string_view wire, std::size_t step) {
  const Outcome whole = decode(body, wire, wire.size() + 1);
  const Outcome bytes = decode(body, wire, 1);
  const Outcome pieces = decode(body, wire, step);
  // What was handed out before an error depends on the pieces; what is right does not.
  require(whole.error == bytes.error && whole.error == pieces.error);
  if (!whole.error) require(whole == bytes && whole == pieces);
  return whole;
}

std::optional<sigv4::ChunkSeed> seed_of(PayloadKind kind) {
  if (kind == PayloadKind::streaming_unsigned_trailer) return std::nullopt;
  static const sigv4::SigningKey key(fuzz::who.secret_access_key,
                                     {fuzz::date.day(), "us-east-1", "s3"});
  return sigv4::ChunkSeed{key, key.sign("seed"), std::string(fuzz::date.text()),
                          "20261124/us-east-1/s3/aws4_request"};
}

std::string encode(const ChunkedBody& body, std::string_view data, std::size_t chunk) {
  sigv4::AwsChunkedEncoder encoder(body.kind, body.seed);
  std::string wire;
  for (; !data.empty(); data.remove_prefix(std::min(chunk, data.size()))) {
    const std::string_view piece = data.substr(0, chunk);
    wire += encoder.chunk_head(piece);
    wire += piece;
    wire += sigv4::AwsChunkedEncoder::chunk_end;
  }
  std::vector<sigv4::Trailer> trailer;
  for (const std::string& name : body.trailer_names) trailer.push_back({name, "sOO8/Q=="});
  wire += encoder.end(trailer);
  require(wire.size() == sigv4::encoded_length(body.kind, body.decoded_length, chunk, trailer));
  return wire;
}

// What the encoder made is decoded to the same; with one byte changed never to something else.
void check_round_trip(ChunkedBody body, std::string_view data, std::size_t step, std::size_t at,
                      char changed) {
  body.decoded_length = data.size();
  const std::size_t chunk = body.seed ? limits::aws_chunk_bytes_min : step;
  std::string wire = encode(body, data, chunk);
  const Outcome good = decode_in_any_pieces(body, wire, step);
  require(!good.error && good.data == data && good.trailers.size() == body.trailer_names.size());
  wire[at % wire.size()] = changed;
  const Outcome spoilt = decode_in_any_pieces(body, wire, step);
  if (body.seed && !spoilt.error) require(spoilt == good);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 6) return 0;
  constexpr PayloadKind kinds[] = {PayloadKind::streaming_unsigned_trailer,
                                   PayloadKind::streaming_signed,
                                   PayloadKind::streaming_signed_trailer};
  ChunkedBody body{.kind = kinds[data[0] % 3], .decoded_length = data[1]};
  if (body.kind != PayloadKind::streaming_signed && data[0] >= 128)
    body.trailer_names = {"x-amz-checksum-crc32c"};
  body.seed = seed_of(body.kind);
  const std::size_t step = data[2] % 64 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 6), size - 6);
  decode_in_any_pieces(body, bytes, step);
  check_round_trip(body, bytes, step, data[3] * 256u + data[4], static_cast<char>(data[5]));
  return 0;
}
