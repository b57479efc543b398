#include "sigv4/aws_chunked_encoder.hpp"

#include <array>
#include <charconv>

namespace signpost::sigv4 {
namespace {

constexpr std::string_view signature_extension = ";chunk-signature=";
constexpr std::string_view trailer_signature = "x-amz-trailer-signature:";
constexpr std::uint64_t signature_digits = 64;

std::string hex_size(std::uint64_t size) {
  std::array<char, 16> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), size, 16).ptr;
  return {text.data(), end};
}

std::uint64_t head_length(PayloadKind kind, std::uint64_t size) {
  const bool is_signed = kind != PayloadKind::streaming_unsigned_trailer;
  return hex_size(size).size() + 2 +
         (is_signed ? signature_extension.size() + signature_digits : 0);
}

}  // namespace

AwsChunkedEncoder::AwsChunkedEncoder(PayloadKind kind, std::optional<ChunkSeed> seed)
    : kind_(kind) {
  if (seed) chain_.emplace(std::move(*seed));
}

std::string AwsChunkedEncoder::chunk_head(std::string_view data) {
  std::string line = hex_size(data.size());
  if (chain_) {
    line += signature_extension;
    line += chain_->sign_chunk(sha256(data)).hex();
  }
  return line += "\r\n";
}

std::string AwsChunkedEncoder::end(std::span<const Trailer> trailer) {
  std::string out = chunk_head({});
  Sha256 lines;
  for (const auto& [name, value] : trailer) {
    out += name + ":" + value + "\r\n";
    lines.update(name).update(":").update(value).update("\n");
  }
  if (kind_ == PayloadKind::streaming_signed_trailer && chain_) {
    out += trailer_signature;
    out += chain_->sign_trailer(lines.finish()).hex();
    out += "\r\n";
  }
  return out += "\r\n";
}

std::uint64_t encoded_length(PayloadKind kind, std::uint64_t decoded_length,
                             std::uint64_t chunk_bytes, std::span<const Trailer> trailer) {
  const std::uint64_t whole = decoded_length / chunk_bytes;
  const std::uint64_t rest = decoded_length % chunk_bytes;
  std::uint64_t length = decoded_length + whole * (head_length(kind, chunk_bytes) + 2);
  if (rest != 0) length += head_length(kind, rest) + 2;
  length += head_length(kind, 0) + 2;
  for (const auto& [name, value] : trailer) length += name.size() + value.size() + 3;
  if (kind == PayloadKind::streaming_signed_trailer)
    length += trailer_signature.size() + signature_digits + 2;
  return length;
}

}  // namespace signpost::sigv4
