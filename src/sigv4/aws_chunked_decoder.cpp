#include "sigv4/aws_chunked_decoder.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"

namespace signpost::sigv4 {
namespace {

constexpr std::string_view signature_extension = ";chunk-signature=";
constexpr std::string_view trailer_signature = "x-amz-trailer-signature";
constexpr std::size_t signature_digits = 64;

// Up to 16 hexadecimal digits; nothing otherwise.
std::optional<std::uint64_t> parse_hex_size(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t size = 0;
  for (char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    size = size << 4 | static_cast<std::uint64_t>(digit);
  }
  return size;
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

// The input, and how much of it is used up.
class AwsChunkedDecoder::Cursor {
 public:
  explicit Cursor(std::string_view input) : input_(input) {}
  std::string_view rest() const { return input_.substr(at_); }
  std::size_t consumed() const { return at_; }
  std::string_view take(std::size_t size) {
    const std::string_view out = rest().substr(0, size);
    at_ += out.size();
    return out;
  }

 private:
  std::string_view input_;
  std::size_t at_ = 0;
};

AwsChunkedDecoder::AwsChunkedDecoder(ChunkedBody body)
    : body_(std::move(body)), left_(body_.decoded_length) {
  if (body_.seed) chain_.emplace(std::move(*body_.seed));
}

AwsChunkedDecoder::Step AwsChunkedDecoder::next(std::string_view input) {
  Cursor cursor(input);
  const Step step = advance(cursor);
  if (step.kind == Step::Kind::failed) {
    state_ = State::failed;
    error_ = step.error;
  }
  return step;
}

std::optional<ChunkedError> AwsChunkedDecoder::finish() {
  if (state_ == State::done) return std::nullopt;
  if (state_ != State::failed) error_ = ChunkedError::incomplete;
  state_ = State::failed;
  return error_;
}

AwsChunkedDecoder::Step AwsChunkedDecoder::advance(Cursor& cursor) {
  const auto failed = [&](ChunkedError error) {
    return Step{.kind = Step::Kind::failed, .consumed = cursor.consumed(), .error = error};
  };
  for (;;) {
    if (state_ == State::failed) return failed(error_);
    if (state_ == State::done) {
      if (!cursor.rest().empty()) return failed(ChunkedError::bytes_behind_the_end);
      return {.kind = Step::Kind::done, .consumed = cursor.consumed()};
    }
    if (cursor.rest().empty())
      return {.kind = Step::Kind::need_more, .consumed = cursor.consumed()};
    if (state_ == State::data) {
      const std::string_view data =
          cursor.take(static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, ~0u)));
      if (is_signed()) hash_.update(data);
      chunk_left_ -= data.size();
      left_ -= data.size();
      if (chunk_left_ == 0) state_ = State::data_end;
      return {.kind = Step::Kind::data, .consumed = cursor.consumed(), .data = data};
    }
    const bool in_trailer = state_ == State::trailer;
    const std::size_t limit =
        in_trailer ? limits::trailer_bytes - trailer_bytes_ : limits::aws_chunk_line_bytes;
    const auto end = cursor.rest().substr(0, limit).find('\n');
    if (end == std::string_view::npos) {
      if (cursor.rest().size() >= limit)
        return failed(in_trailer ? ChunkedError::malformed_trailer : ChunkedError::malformed_chunk);
      return {.kind = Step::Kind::need_more, .consumed = cursor.consumed()};
    }
    const std::string_view line = cursor.take(end + 1);
    const auto error = in_trailer                    ? trailer_line(line)
                       : state_ == State::chunk_line ? chunk_line(line)
                                                     : data_end(line);
    if (error) return failed(*error);
  }
}

std::optional<ChunkedError> AwsChunkedDecoder::chunk_line(std::string_view line) {
  if (!line.ends_with("\r\n")) return ChunkedError::malformed_chunk;
  line.remove_suffix(2);
  const auto semicolon = std::min(line.find(';'), line.size());
  const auto size = parse_hex_size(line.substr(0, semicolon));
  const std::string_view extension = line.substr(semicolon);
  if (!size || is_signed() != extension.starts_with(signature_extension) ||
      extension.size() != (is_signed() ? signature_extension.size() + signature_digits : 0))
    return ChunkedError::malformed_chunk;
  if (is_signed()) {
    std::ranges::copy(extension.substr(signature_extension.size()), claimed_.begin());
    hash_ = Sha256();
  }
  if (*size == 0) return last_chunk();
  if (is_signed() && last_was_small_) return ChunkedError::chunk_too_small;
  if (*size > left_) return ChunkedError::wrong_length;
  last_was_small_ = *size < limits::aws_chunk_bytes_min;
  chunk_left_ = *size;
  state_ = State::data;
  return std::nullopt;
}

std::optional<ChunkedError> AwsChunkedDecoder::last_chunk() {
  if (left_ != 0) return ChunkedError::wrong_length;
  state_ = State::trailer;
  const auto error = check_chunk();
  hash_ = Sha256();
  return error;
}

std::optional<ChunkedError> AwsChunkedDecoder::data_end(std::string_view line) {
  if (line != "\r\n") return ChunkedError::malformed_chunk;
  state_ = State::chunk_line;
  return check_chunk();
}

std::optional<ChunkedError> AwsChunkedDecoder::check_chunk() {
  if (!is_signed()) return std::nullopt;
  const std::string_view claimed(claimed_.data(), claimed_.size());
  if (chain_->sign_chunk(hash_.finish()).matches(claimed)) return std::nullopt;
  return ChunkedError::signature_mismatch;
}

// A line of the trailer ends with CRLF. Amazon's documentation ends those that are signed with LF
// and sets a CRLF behind the last of them; some clients do that in both kinds.
std::optional<ChunkedError> AwsChunkedDecoder::trailer_line(std::string_view line) {
  trailer_bytes_ += line.size();
  const bool bare = !line.ends_with("\r\n");
  line.remove_suffix(bare ? 1 : 2);
  if (line.empty()) {
    if (bare) return ChunkedError::malformed_trailer;
    if (!bare_line_feed_) return body_end();
    bare_line_feed_ = false;
    return std::nullopt;
  }
  bare_line_feed_ = bare;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return ChunkedError::malformed_trailer;
  return trailer_field(line.substr(0, colon), trim(line.substr(colon + 1)));
}

std::optional<ChunkedError> AwsChunkedDecoder::trailer_field(std::string_view name,
                                                             std::string_view value) {
  if (trailer_signed_) return ChunkedError::malformed_trailer;
  if (equal_ignoring_case(name, trailer_signature)) {
    if (body_.kind != PayloadKind::streaming_signed_trailer) return ChunkedError::malformed_trailer;
    trailer_signed_ = true;
    if (chain_->sign_trailer(hash_.finish()).matches(value)) return std::nullopt;
    return ChunkedError::signature_mismatch;
  }
  Trailer field{to_lower(name), std::string(value)};
  const auto announced = std::ranges::count(body_.trailer_names, field.name);
  const auto came = std::ranges::count(trailers_, field.name, &Trailer::name);
  if (announced == 0 || came != 0 || !is_visible_ascii(value))
    return ChunkedError::malformed_trailer;
  if (is_signed()) hash_.update(field.name).update(":").update(value).update("\n");
  trailers_.push_back(std::move(field));
  return std::nullopt;
}

std::optional<ChunkedError> AwsChunkedDecoder::body_end() {
  if (trailers_.size() != body_.trailer_names.size()) return ChunkedError::malformed_trailer;
  if (body_.kind == PayloadKind::streaming_signed_trailer && !trailer_signed_)
    return ChunkedError::malformed_trailer;
  state_ = State::done;
  return std::nullopt;
}

}  // namespace signpost::sigv4
