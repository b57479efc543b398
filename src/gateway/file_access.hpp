#pragma once

#include <expected>
#include <string>
#include <vector>

#include "domain/access.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// The file that the path's {id} names, if the caller (null: nobody) may do that to it:
// domain::decide() says so. Never null. 404 alike where there is none, where the id is no id, and
// where the caller may not know; for nobody 401.
net::Task<std::expected<domain::Row<domain::File>, http::Problem>> find_file(
    Request& request, const domain::Caller* caller, domain::Action action);

// One whose bytes the caller may have, and what a ticket for it needs besides.
struct ReadableFile {
  domain::Row<domain::File> row;  // never null
  domain::UrlEpochs epochs = {};  // read before it was decided that the caller may (domain)
};
using FoundReadable = std::expected<ReadableFile, http::Problem>;

// The same, with the file's bytes there to be read: 409 not_ready where they are not.
net::Task<FoundReadable> find_ready_file(Request& request, const domain::Caller* caller);

// What find_ready_file() would give; nothing where it would have to wait, for the app's word.
std::optional<FoundReadable> find_ready_file_at_once(Request& request,
                                                     const domain::Caller* caller);

// The same for many ids at once, in their order, in one visit to the catalog. Where the app has to
// be asked, it is for some seconds in all, after which it counts as having said no.
net::Task<std::vector<FoundReadable>> find_ready_files(Request& request,
                                                       const domain::Caller& caller,
                                                       std::vector<std::string> ids);

}  // namespace signpost::gateway
