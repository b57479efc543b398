#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "sigv4/aws_chunked.hpp"
#include "sigv4/chunk_chain.hpp"

namespace signpost::sigv4 {

// Takes an aws-chunked body apart and checks it: framing, signatures, length and trailer (S3 API
// reference, "Transferring Payload in Multiple Chunks (Chunked Upload)"). It sees no socket: the
// caller shows it what has arrived, and does what the step says.
//
//   for (;;) {
//     auto step = decoder.next(arrived);
//     use(step.data);               // views of `arrived`; nothing is copied
//     arrived.remove_prefix(step.consumed);
//     ...
//
// A chunk's signature covers its data and is known only behind them, as the length is: what data()
// has brought must not be published before `done`. Memory is bounded: a line that is longer than
// limits::aws_chunk_line_bytes (a trailer: limits::trailer_bytes) is an error.
class AwsChunkedDecoder {
 public:
  // What to do next.
  struct Step {
    // Which of the four it is.
    enum class Kind : std::uint8_t {
      need_more,  // show the same bytes again, without those consumed, and more
      data,       // `data` is the next piece of the object
      done,       // the body has ended and is right; more bytes would be an error
      failed,     // `error`; every later call says the same
    };
    Kind kind;                   // what the step says
    std::size_t consumed;        // bytes, from the front of the input
    std::string_view data = {};  // of kind `data`: a view of the input, never empty
    ChunkedError error = {};     // of kind `failed`
  };

  // At the front of a body that is framed so.
  explicit AwsChunkedDecoder(ChunkedBody body);

  // The next step, for the bytes that have arrived and were not consumed. Every ChunkedError but
  // the three of ChunkedBody::of is possible.
  Step next(std::string_view input);
  // No more bytes will come. Nothing where the body is done; else why it is not.
  std::optional<ChunkedError> finish();
  // Bytes of data so far.
  std::uint64_t decoded() const { return body_.decoded_length - left_; }
  // Once done: every field that was announced, in the order in which they came.
  const std::vector<Trailer>& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t { chunk_line, data, data_end, trailer, done, failed };
  class Cursor;

  Step advance(Cursor& cursor);
  // What a line says; an error ends everything.
  std::optional<ChunkedError> chunk_line(std::string_view line);
  std::optional<ChunkedError> last_chunk();
  std::optional<ChunkedError> data_end(std::string_view line);
  std::optional<ChunkedError> trailer_line(std::string_view line);
  std::optional<ChunkedError> trailer_field(std::string_view name, std::string_view value);
  std::optional<ChunkedError> body_end();
  std::optional<ChunkedError> check_chunk();
  bool is_signed() const { return chain_.has_value(); }

  ChunkedBody body_;
  std::optional<ChunkChain> chain_;
  State state_ = State::chunk_line;
  ChunkedError error_ = {};
  std::uint64_t left_;            // of decoded_length
  std::uint64_t chunk_left_ = 0;  // of this chunk's data
  bool last_was_small_ = false;
  Sha256 hash_;  // of this chunk's data, or of the trailer's lines
  std::array<char, 64> claimed_{};
  std::size_t trailer_bytes_ = 0;
  bool trailer_signed_ = false;
  bool bare_line_feed_ = false;
  std::vector<Trailer> trailers_;
};

}  // namespace signpost::sigv4
