#include "base/hex.hpp"
#include "base/try.hpp"
#include "s3/ticket.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<s3::FetchReport> S3Client::report_fetches(std::string place) {
  Call call{.method = "POST", .query = {{s3::fetches_subresource, ""}}, .has_body = true};
  call.body = std::move(place);
  call.content_length = call.body.size();
  call.fields = {{"Content-Type", "text/plain"}};
  std::string hash = hex_encode(sha256(call.body));
  call.payload_hash = hash;
  CO_TRY(auto answer, co_await round_trip(call));
  auto report = s3::parse_fetch_report(answer.second);
  if (!report) co_return std::unexpected(transport_error(net::ClientError::malformed));
  co_return *std::move(report);
}

}  // namespace signpost::s3client
