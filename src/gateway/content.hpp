#pragma once

#include "gateway/file_access.hpp"

namespace signpost::gateway {

// The bytes of a file that the caller (null: nobody) may have, by redirect or by proxy, as the
// request asks and the configuration allows. `file` needs an object, its size, type, name and ETag.
net::Task<Outcome> deliver(Request& request, const domain::Caller* caller,
                           const ReadableFile& file);

}  // namespace signpost::gateway
