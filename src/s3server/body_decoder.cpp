#include "s3server/body_decoder.hpp"

namespace signpost::s3server {

Outcome BodyDecoder::finish(BodyClaims& claims) {
  if (!decoder_) return {};
  if (auto error = decoder_->finish()) return std::unexpected(failure_of(*error));
  if (!claims.trailing_checksum) return {};
  // body_claims() lets one name through, and the decoder no body without it.
  const std::string& value = decoder_->trailers().front().value;
  claims.checksum = s3::ChecksumValue::parse(*claims.trailing_checksum, value);
  if (!claims.checksum)
    return std::unexpected(Failure(s3::ErrorCode::MalformedTrailerError,
                                   "Value for " +
                                       std::string(s3::header_name(*claims.trailing_checksum)) +
                                       " trailing header is invalid."));
  return {};
}

}  // namespace signpost::s3server
