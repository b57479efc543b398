#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/request.hpp"

namespace signpost::gateway {

// Gateway::prepare_store(), Gateway::sweep_uploads() and Gateway::housekeeping().
net::Task<void> prepare_store(Services& services);
net::Task<void> sweep_uploads(Services& services);
net::Task<void> keep_house(Services& services);

// The CORS of the bucket: what scripts of those origins do with pre-signed URLs.
s3::CorsConfiguration bucket_cors(std::vector<std::string> origins);

// Every object that may hold bytes of the file: its own and its upload's.
std::vector<domain::ObjectRef> objects_of(const domain::File& file);

// Deletes objects that the catalog has doomed just now. What fails is left to housekeeping.
net::Task<void> delete_objects(Services& services, std::vector<domain::ObjectRef> objects);

}  // namespace signpost::gateway
