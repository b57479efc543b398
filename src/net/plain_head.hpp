#pragma once

#include <string_view>

#include "net/message.hpp"

namespace signpost::net {

// Reads a head of the kind that nearly every GET has: HTTP/1.1, a target in origin form, one Host,
// no body and nothing asked of the connection, in names and marks that raise no question. `head` is
// complete, its empty line included; `out` is empty. False where it is of another kind, good or
// bad: then the strict reader says which (RequestParser), and `out` is to be thrown away. What is
// taken here, that reads alike, at three times the cost.
bool read_plain_head(std::string_view head, RequestHead& out);

// uri-host [ ":" port ] (RFC 9110 section 7.2), as far as its characters go.
bool is_host(std::string_view host);

}  // namespace signpost::net
