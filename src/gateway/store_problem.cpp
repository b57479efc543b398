#include "gateway/store_problem.hpp"

#include "gateway/problem_response.hpp"
#include "log/log.hpp"

namespace signpost::gateway {

http::Problem store_problem(const s3client::S3Error& error, std::string_view doing) {
  log::warn("the store failed, {}: {}", doing, error.text());
  if (error.transport == net::ClientError::timed_out)
    return problem(504, "store_timed_out", "The object store did not answer in time.");
  if (error.transport)
    return problem(502, "store_unreachable", "The object store could not be reached.");
  if (error.status == 503 || error.status == 507)
    return problem(503, "store_unavailable", "The object store cannot do that now; try again.");
  return problem(502, "store_failed", "The object store did not do what it was asked.");
}

}  // namespace signpost::gateway
