#include "sigv4/aws_chunked.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"

namespace signpost::sigv4 {
namespace {

// The value of a field that must not come twice.
std::expected<std::optional<std::string_view>, ChunkedError> single(const SignedFields& fields,
                                                                    std::string_view name,
                                                                    ChunkedError error) {
  std::optional<std::string_view> value;
  bool twice = false;
  fields.for_each([&](const FieldView& field) {
    if (!equal_ignoring_case(field.name, name)) return;
    twice = value.has_value();
    value = field.value;
  });
  if (twice) return std::unexpected(error);
  return value;
}

bool is_trailer_name(std::string_view name) {
  return !name.empty() && name != "x-amz-trailer-signature" &&
         std::ranges::all_of(name, [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

// "x-amz-checksum-crc32c, x-amz-checksum-sha256": each once, separated by commas.
std::expected<std::vector<std::string>, ChunkedError> names_of(std::string_view list) {
  std::vector<std::string> names;
  for (;;) {
    const auto end = list.find(',');
    std::string name = to_lower(trim(list.substr(0, end)));
    if (!is_trailer_name(name) || names.size() == limits::announced_trailers ||
        std::ranges::find(names, name) != names.end())
      return std::unexpected(ChunkedError::invalid_announcement);
    names.push_back(std::move(name));
    if (end == std::string_view::npos) return names;
    list.remove_prefix(end + 1);
  }
}

}  // namespace

std::expected<ChunkedBody, ChunkedError> ChunkedBody::of(const Verified& request,
                                                         const SignedFields& fields) {
  ChunkedBody body{.kind = request.payload().kind, .seed = request.chunk_seed()};
  TRY(const auto length,
      single(fields, "x-amz-decoded-content-length", ChunkedError::invalid_length));
  if (!length) return std::unexpected(ChunkedError::missing_length);
  const auto bytes = parse_u64(*length);
  if (!bytes) return std::unexpected(ChunkedError::invalid_length);
  body.decoded_length = *bytes;
  TRY(const auto announced, single(fields, "x-amz-trailer", ChunkedError::invalid_announcement));
  if (!announced) return body;
  if (body.kind == PayloadKind::streaming_signed)
    return std::unexpected(ChunkedError::invalid_announcement);
  TRY(body.trailer_names, names_of(*announced));
  return body;
}

std::string_view s3_code(ChunkedError error) {
  using enum ChunkedError;
  switch (error) {
    case missing_length:
      return "MissingContentLength";
    case invalid_length:
    case invalid_announcement:
      return "InvalidArgument";
    case malformed_chunk:
    case bytes_behind_the_end:
      return "InvalidRequest";
    case chunk_too_small:
      return "InvalidChunkSizeError";
    case wrong_length:
    case incomplete:
      return "IncompleteBody";
    case malformed_trailer:
      return "MalformedTrailerError";
    case signature_mismatch:
      return "SignatureDoesNotMatch";
  }
  return "";
}

unsigned http_status(ChunkedError error) {
  using enum ChunkedError;
  switch (error) {
    case missing_length:
      return 411;
    case signature_mismatch:
      return 403;
    case invalid_length:
    case invalid_announcement:
    case malformed_chunk:
    case chunk_too_small:
    case wrong_length:
    case incomplete:
    case bytes_behind_the_end:
    case malformed_trailer:
      return 400;
  }
  return 0;
}

std::string_view to_string(ChunkedError error) {
  using enum ChunkedError;
  switch (error) {
    case missing_length:
      return "You must provide the x-amz-decoded-content-length header with an aws-chunked body.";
    case invalid_length:
      return "x-amz-decoded-content-length must be the number of bytes of data, once.";
    case invalid_announcement:
      return "x-amz-trailer must be a list of header names, each once, and only with a "
             "x-amz-content-sha256 that ends in -TRAILER.";
    case malformed_chunk:
      return "The aws-chunked body has a malformed chunk.";
    case chunk_too_small:
      return "Only the last chunk is allowed to have a size less than 8192 bytes";
    case wrong_length:
      return "The body does not have the number of bytes that x-amz-decoded-content-length "
             "announces.";
    case incomplete:
      return "The request body terminated unexpectedly";
    case bytes_behind_the_end:
      return "There are bytes behind the end of the aws-chunked body.";
    case malformed_trailer:
      return "The request contained trailing data that was not well-formed or did not conform to "
             "our published schema.";
    case signature_mismatch:
      return "The chunk signature we calculated does not match the signature you provided.";
  }
  return "";
}

}  // namespace signpost::sigv4
