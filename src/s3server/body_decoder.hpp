#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "s3server/failure.hpp"
#include "s3server/integrity.hpp"
#include "sigv4/aws_chunked_decoder.hpp"

namespace signpost::s3server {

// The object's bytes of a request's body: the body itself, or what is in an aws-chunked one.
class BodyDecoder {
 public:
  explicit BodyDecoder(const BodyClaims& claims) {
    if (claims.chunked) decoder_.emplace(*claims.chunked);
  }

  // Gives sink(std::string_view) what of `raw` belongs to the object, and says how many bytes of it
  // are used up: the others are to be shown again, with more behind them.
  template <class Sink>
  std::expected<std::size_t, Failure> decode(std::string_view raw, Sink sink) {
    if (!decoder_) {
      if (!raw.empty()) sink(raw);
      return raw.size();
    }
    std::size_t used = 0;
    for (;;) {
      using Kind = sigv4::AwsChunkedDecoder::Step::Kind;
      const auto step = decoder_->next(raw.substr(used));
      used += step.consumed;
      if (step.kind == Kind::failed) return std::unexpected(failure_of(step.error));
      if (step.kind != Kind::data) return used;
      sink(step.data);
    }
  }

  // The body has ended, and where it was aws-chunked, as it must. Then the checksum that its
  // trailer brought into `claims`: MalformedTrailerError where that is none.
  Outcome finish(BodyClaims& claims);

 private:
  std::optional<sigv4::AwsChunkedDecoder> decoder_;
};

}  // namespace signpost::s3server
