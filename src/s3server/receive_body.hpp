#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/try.hpp"
#include "s3server/body_decoder.hpp"
#include "s3server/call.hpp"
#include "s3server/integrity.hpp"
#include "storage/store.hpp"

namespace signpost::s3server {

// Of the object as it comes, where the request says it: of a form with the form around it.
std::optional<std::uint64_t> body_length(const net::RequestHead& head, const BodyClaims& claims);

// EntityTooLarge above limits::put_object_bytes of the object; MissingContentLength. A body with
// "Transfer-Encoding: chunked" need not say its length: IncomingBody stops it.
Outcome check_body_length(const net::RequestHead& head, const BodyClaims& claims);

// A body on its way into the store. Every member may block: it is used in the pool alone.
class IncomingBody {
 public:
  // `wanted`: the checksum to compute where none is claimed; `most`: see storage::PutWriter.
  IncomingBody(storage::Store& store, BodyClaims claims, s3::ChecksumAlgorithm wanted,
               std::optional<std::uint64_t> most);
  // The next bytes as they came; how many of them are used up (BodyDecoder). EntityTooLarge.
  std::expected<std::size_t, Failure> write(std::string_view raw);
  // The body has ended and is what was claimed: then its checksum.
  std::expected<storage::ObjectChecksum, Failure> verify();
  storage::PutWriter& writer() { return writer_; }

 private:
  std::expected<std::size_t, Failure> decode(std::string_view raw);
  bool takes_sha256_as_checksum() const { return algorithm_ == s3::ChecksumAlgorithm::SHA256; }
  bool needs_sha256() const {
    return claims_.payload_sha256.has_value() || takes_sha256_as_checksum();
  }

  BodyClaims claims_;
  BodyDecoder decoder_;
  s3::ChecksumAlgorithm algorithm_;
  storage::PutWriter writer_;
  std::optional<s3::Checksum> checksum_;
};

// Puts a piece behind `rest`, whose bytes wait to be written, and writes those first where they are
// many.
net::Task<Outcome> gather_piece(Call& call, IncomingBody& body, std::vector<char>& rest,
                                std::string_view piece);

// Reads the request's body to its end and writes all of it but the last piece, which it leaves in
// `rest`.
net::Task<Outcome> receive_pieces(Call& call, IncomingBody& body, std::vector<char>& rest);

// Once more before what a body brought is kept: it may have been long in coming, and the access key
// have been revoked, the ticket withdrawn, or the bucket deleted and made by somebody else,
// meanwhile.
Outcome check_still(const Call& call, const Authenticated& who);
Outcome check_still(const Call& call, const Authenticated& who, std::string_view bucket);
Outcome check_still(const Call& call, const Authenticated& who, std::string_view bucket,
                    std::optional<std::string_view> ticket);
// Of a pre-signed URL's ticket.
Outcome check_url_still(const Call& call, const Authenticated& who, std::string_view bucket);

// The whole way: the body into a file by receive(body, rest), which is receive_pieces() or does the
// same, its claims verified, then store(writer, checksum) in the pool, which gives an
// expected<T, Failure>. Where anything fails the file goes.
template <class Receive, class Store>
auto receive_body(Call& call, BodyClaims claims, s3::ChecksumAlgorithm wanted, Receive& receive,
                  Store& store)
    -> net::Task<
        std::invoke_result_t<Store&, storage::PutWriter&, const storage::ObjectChecksum&>> {
  using Result = std::invoke_result_t<Store&, storage::PutWriter&, const storage::ObjectChecksum&>;
  const auto most = body_length(call.head(), claims);
  auto body = std::make_unique<IncomingBody>(call.store(), std::move(claims), wanted, most);
  std::vector<char> rest;
  Outcome received = co_await receive(*body, rest);
  auto finish = [&]() -> Result {
    auto done = std::move(body);  // the file goes here, not on the worker
    if (!received) return std::unexpected(received.error());
    TRYV(done->write({rest.data(), rest.size()}));
    auto checksum = done->verify();
    if (!checksum) return std::unexpected(std::move(checksum).error());
    return store(done->writer(), *checksum);
  };
  co_return co_await call.pool().run(finish);
}

// The same for a body that is nothing but the object.
template <class Store>
auto receive_body(Call& call, BodyClaims claims, s3::ChecksumAlgorithm wanted, Store& store)
    -> net::Task<
        std::invoke_result_t<Store&, storage::PutWriter&, const storage::ObjectChecksum&>> {
  auto receive = [&](IncomingBody& body, std::vector<char>& rest) {
    return receive_pieces(call, body, rest);
  };
  co_return co_await receive_body(call, std::move(claims), wanted, receive, store);
}

}  // namespace signpost::s3server
