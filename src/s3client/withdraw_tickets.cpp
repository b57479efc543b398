#include "base/hex.hpp"
#include "base/try.hpp"
#include "s3/ticket.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<void> S3Client::withdraw_tickets(std::span<const std::string> tags) {
  Call call{.method = "POST", .query = {{s3::withdrawals_subresource, ""}}, .has_body = true};
  for (const std::string& tag : tags) call.body.append(tag).append("\n");
  call.content_length = call.body.size();
  call.fields = {{"Content-Type", "text/plain"}};
  std::string hash = hex_encode(sha256(call.body));
  call.payload_hash = hash;
  CO_TRYV(co_await round_trip(call));
  co_return std::expected<void, S3Error>{};
}

}  // namespace signpost::s3client
