#pragma once

#include <expected>

#include "domain/file.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// Ends an upload (openapi.json, completeFile): asks the store for the size, the SHA-256 (reads the
// object where the store kept none) and the first bytes of what has arrived. Where all is as
// declared the file is ready; for one that is ready already nothing happens. 409 upload_missing
// where nothing has arrived: the upload may go on. 409 size_mismatch, sha256_mismatch or
// type_mismatch where it differs: the file has failed and the object goes. 502, 503, 504 where the
// store fails: nothing is changed.
net::Task<std::expected<domain::File, http::Problem>> complete_upload(Request& request,
                                                                      domain::File file);

}  // namespace signpost::gateway
