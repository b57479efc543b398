#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <optional>
#include <string>

#include "domain/upload.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// `content_type` of a body. 400 for what is no media type that a file can have.
std::expected<domain::MediaType, http::Problem> declared_type(std::optional<std::string> text);

// How long a URL for an upload lives: as the configuration says, and no longer than what the caller
// came with.
std::expected<domain::UrlLife, http::Problem> upload_life(Request& request,
                                                          const domain::Caller& caller);

// What the API says of an upload by a PUT that is good once, of that size and type alone: {type,
// method, url, headers, expires_at}. Of the file, what its ticket has. 401 as ticket_of().
std::expected<boost::json::object, http::Problem> upload_json(Request& request,
                                                              const domain::Caller& caller,
                                                              const domain::File& file,
                                                              const domain::UploadPlan& plan,
                                                              const domain::UrlLife& life);

}  // namespace signpost::gateway
