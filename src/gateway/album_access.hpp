#pragma once

#include <expected>

#include "domain/access.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// The album that the path's {id} names, if the caller (null: nobody) may do that to it. 404 alike
// where there is none, where the id is no id, and where the caller may not know; for nobody 401.
net::Task<std::expected<domain::Album, http::Problem>> find_album(Request& request,
                                                                  const domain::Caller* caller,
                                                                  domain::AlbumAction action);

// Whether the caller may see that album and so the list of all files in it.
net::Task<bool> may_list_album(Request& request, const domain::Caller* caller,
                               const domain::AlbumId& id);

// Whether `caller` may put a file of that owner into that album: domain::may_place(). 422 alike
// where there is no such album and where the caller may not.
net::Task<std::expected<void, http::Problem>> check_place(Request& request,
                                                          const domain::Caller& caller,
                                                          const domain::Principal& file_owner,
                                                          const domain::AlbumId& id);

// The album that a body names, or 422 as above: what is no id is no album's.
std::expected<domain::AlbumId, http::Problem> parse_album(std::string_view text);

}  // namespace signpost::gateway
