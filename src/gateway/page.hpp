#pragma once

#include <string>
#include <string_view>

namespace signpost::gateway {

// Whether the page has a file of that path ("/", "/page.js").
bool is_page(std::string_view path);

// The page's Content-Security-Policy: nothing but its own files, and the store's origin for
// pictures and for scripts' requests. No inline scripts or styles.
std::string page_security_policy(std::string_view store_origin);

}  // namespace signpost::gateway
