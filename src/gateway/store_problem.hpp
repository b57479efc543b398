#pragma once

#include "http/problem.hpp"
#include "s3client/s3_error.hpp"

namespace signpost::gateway {

// The store failed at what the gateway asked of it: 502, or 504 where it did not answer in time.
// What it said goes to the log, never to the client. `doing` is for the log: "GET of an object".
http::Problem store_problem(const s3client::S3Error& error, std::string_view doing);

}  // namespace signpost::gateway
