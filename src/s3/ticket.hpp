#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

// The extensions of S3 between the gateway and the embedded store (docs/adr/0022, 0030).
namespace signpost::s3 {

// The query parameter, or field of a POST form, that marks a URL. It is part of the signature, so
// nobody takes it off or changes it; other engines take what they don't know, and log it.
inline constexpr std::string_view ticket_parameter = "x-signpost-ticket";
// POST /BUCKET?signpost-withdrawals with a tag on each line: whatever is signed in that bucket with
// such a tag in its ticket is refused from now on.
inline constexpr std::string_view withdrawals_subresource = "signpost-withdrawals";
inline constexpr std::size_t withdrawals_in_one_request = 1000;
// POST /BUCKET?signpost-fetches with a place (s3/fetched.hpp): what was fetched with tickets and
// comes after it. What comes before it is known to who asks, and forgotten.
inline constexpr std::string_view fetches_subresource = "signpost-fetches";
inline constexpr std::size_t fetches_in_one_report = 250;  // with the longest keys, 1 MiB

// A ticket is tags in a row, each of 48 bits in base64url. What a tag stands for only the gateway
// knows; a store can tell that two tickets have one in common.
inline constexpr std::size_t ticket_tag_characters = 8;
inline constexpr std::size_t ticket_tags = 16;  // at most

bool is_ticket_tag(std::string_view text);
// The tags of a ticket; none where it is not one of ours. Views of `ticket`.
std::vector<std::string_view> tags_of(std::string_view ticket);

}  // namespace signpost::s3
