#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::app {

// Each says why a text is no proper value, or nothing where it is one.
using Reason = std::optional<std::string>;
using Check = Reason (*)(std::string_view text);

Reason any_text(std::string_view text);
Reason not_empty(std::string_view text);
Reason check_listen(std::string_view text);
// "https://files.example.com": scheme, host and port alone.
Reason check_origin(std::string_view text);
// "http://127.0.0.1:3000/may": with a path, and a query if need be.
Reason check_http_url(std::string_view text);
// "10.0.0.0/8", "::1/128", or one address.
Reason check_address_range(std::string_view text);
Reason check_bucket(std::string_view text);
Reason check_region(std::string_view text);
Reason check_domain(std::string_view text);
Reason check_media_range(std::string_view text);
Reason check_issuer_name(std::string_view text);
Reason check_algorithm(std::string_view text);
Reason check_rule_prefix(std::string_view text);
Reason check_rule_right(std::string_view text);
Reason check_field_name(std::string_view text);
// A field's name that may be passed on: not one of the message's own framing.
Reason check_forwarded_field(std::string_view text);
Reason check_cookie_name(std::string_view text);
Reason check_catalog_url(std::string_view text);

// Whether only programs of this machine can connect to a listen address.
bool is_loopback(std::string_view listen_address);

// A key or password that stands in documentation or in somebody's defaults, and so protects
// nothing.
bool is_known_secret(std::string_view text);

}  // namespace signpost::app
