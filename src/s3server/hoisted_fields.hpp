#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "s3server/failure.hpp"

namespace signpost::s3server {

// The fields that the query of a pre-signed URL holds in the place of the head: the AWS SDKs for
// JavaScript and Ruby "hoist" x-amz-meta-* and its like there. Names in lower case. Not among them:
// what belongs to the signature, what says how the body is framed, and checksums of it, which such
// SDKs compute of no body at all (docs/adr/0005). InvalidArgument for what no field could be, and
// for one that comes twice; InvalidURI.
using HoistedFields = std::vector<std::pair<std::string, std::string>>;
std::expected<HoistedFields, Failure> hoisted_fields(std::string_view query);

}  // namespace signpost::s3server
