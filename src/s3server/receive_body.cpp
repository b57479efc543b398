#include "s3server/receive_body.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/ticket.hpp"
#include "s3server/handlers.hpp"
#include "s3server/query_parameters.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

// How much is gathered before the pool writes it: a hop to another thread is dearer than a copy.
constexpr std::size_t write_bytes = 512 * 1024;

}  // namespace

Outcome check_still(const Call& call, const Authenticated& who) {
  if (call.store().find_access_key(who.access_key_id())) return {};
  return std::unexpected(ErrorCode::InvalidAccessKeyId);
}

Outcome check_still(const Call& call, const Authenticated& who, std::string_view bucket) {
  TRYV(check_still(call, who));
  TRYV(own_bucket(call.store(), who, bucket));
  return {};
}

Outcome check_still(const Call& call, const Authenticated& who, std::string_view bucket,
                    std::optional<std::string_view> ticket) {
  TRYV(check_still(call, who, bucket));
  return refuse_withdrawn(call.store(), bucket, ticket, call.now());
}

Outcome check_url_still(const Call& call, const Authenticated& who, std::string_view bucket) {
  if (!call.store().has_withdrawn_tickets()) return check_still(call, who, bucket);
  TRY(auto query, QueryParameters::parse(call.head().query));
  return check_still(call, who, bucket, query.get(s3::ticket_parameter));
}

std::optional<std::uint64_t> body_length(const net::RequestHead& head, const BodyClaims& claims) {
  return claims.chunked ? claims.chunked->decoded_length : head.content_length;
}

Outcome check_body_length(const net::RequestHead& head, const BodyClaims& claims) {
  auto length = body_length(head, claims);
  if (!length && head.chunked) return {};
  if (!length) return std::unexpected(ErrorCode::MissingContentLength);
  if (*length > limits::put_object_bytes) {
    return std::unexpected(Failure(ErrorCode::EntityTooLarge)
                               .detail("ProposedSize", std::to_string(*length))
                               .detail("MaxSizeAllowed", std::to_string(limits::put_object_bytes)));
  }
  return {};
}

IncomingBody::IncomingBody(storage::Store& store, BodyClaims claims, s3::ChecksumAlgorithm wanted,
                           std::optional<std::uint64_t> most)
    : claims_(std::move(claims)),
      decoder_(claims_),
      algorithm_(claims_.algorithm().value_or(wanted)),
      writer_(store.begin_put(needs_sha256(), most)) {
  if (!takes_sha256_as_checksum()) checksum_.emplace(algorithm_);
}

std::expected<std::size_t, Failure> IncomingBody::write(std::string_view raw) {
  TRY(std::size_t used, decode(raw));
  if (writer_.size() > limits::put_object_bytes) return std::unexpected(ErrorCode::EntityTooLarge);
  return used;
}

std::expected<std::size_t, Failure> IncomingBody::decode(std::string_view raw) {
  return decoder_.decode(raw, [this](std::string_view bytes) {
    writer_.write(bytes);
    if (checksum_) checksum_->update(bytes);
  });
}

std::expected<storage::ObjectChecksum, Failure> IncomingBody::verify() {
  TRYV(decoder_.finish(claims_));
  std::optional<Sha256Digest> sha256;
  if (needs_sha256()) sha256 = writer_.sha256();
  std::string checksum = checksum_ ? checksum_->finish() : std::string(as_bytes_view(*sha256));
  TRYV(verify_claims(claims_, writer_.md5(), sha256, checksum));
  return storage::ObjectChecksum{std::string(s3::name(algorithm_)), base64_encode(checksum)};
}

net::Task<Outcome> gather_piece(Call& call, IncomingBody& body, std::vector<char>& rest,
                                std::string_view piece) {
  if (!rest.empty() && rest.size() + piece.size() > write_bytes) {
    auto write = [&] { return body.write({rest.data(), rest.size()}); };
    auto used = co_await call.pool().run(write);
    if (!used) co_return std::unexpected(std::move(used).error());
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(*used));
  }
  rest.insert(rest.end(), piece.begin(), piece.end());
  co_return Outcome{};
}

net::Task<Outcome> receive_pieces(Call& call, IncomingBody& body, std::vector<char>& rest) {
  std::size_t room = static_cast<std::size_t>(
      std::min<std::uint64_t>(write_bytes, call.head().content_length.value_or(0)));
  rest.reserve(room);
  for (;;) {
    auto piece = co_await call.exchange().read_some();
    if (!piece) co_return std::unexpected(failure_of(piece.error()));
    if (piece->empty()) co_return Outcome{};
    CO_TRYV(co_await gather_piece(call, body, rest, {piece->data(), piece->size()}));
  }
}

}  // namespace signpost::s3server
