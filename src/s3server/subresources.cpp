#include "s3server/subresources.hpp"

#include <algorithm>
#include <array>

#include "s3/fetched.hpp"
#include "s3/ticket.hpp"

namespace signpost::s3server {
namespace {

constexpr std::string_view reads = "GET", changes = "GET PUT", replaces = "GET PUT DELETE";

// Sorted by name.
constexpr auto subresources = std::to_array<Subresource>({
    {"abac", changes, ""},
    {"accelerate", changes, ""},
    {"acl", changes, changes},
    {"analytics", replaces, ""},
    {"append", "", "PUT"},
    {"attributes", "", reads},
    {"cors", replaces, ""},
    {"delete", "POST", ""},
    {"encryption", replaces, "PUT"},
    {"intelligent-tiering", replaces, ""},
    {"inventory", replaces, ""},
    {"legal-hold", "", changes},
    {"lifecycle", replaces, ""},
    {"location", reads, ""},
    {"logging", changes, ""},
    {"metadataConfiguration", "GET POST DELETE", ""},
    {"metadataInventoryTable", "PUT", ""},
    {"metadataJournalTable", "PUT", ""},
    {"metadataTable", "GET POST DELETE", ""},
    {"metrics", replaces, ""},
    {"notification", changes, ""},
    {"object-lock", changes, ""},
    {"ownershipControls", replaces, ""},
    {"partNumber", "", "GET HEAD PUT"},
    {"policy", replaces, ""},
    {"policyStatus", reads, ""},
    {"publicAccessBlock", replaces, ""},
    {"renameObject", "", "PUT"},
    {"replication", replaces, ""},
    {"requestPayment", changes, ""},
    {"restore", "", "POST"},
    {"retention", "", changes},
    {"select", "", "POST"},
    {"session", reads, ""},
    {s3::fetches_subresource, "POST", ""},
    {s3::withdrawals_subresource, "POST", ""},
    {"tagging", replaces, replaces},
    {"torrent", "", reads},
    {"uploadId", "", "GET PUT POST DELETE"},
    {"uploads", reads, "POST"},
    {"versioning", changes, ""},
    {"versions", reads, ""},
    {"website", replaces, ""},
});

static_assert(std::ranges::is_sorted(subresources, {}, &Subresource::name));
// What a signature adds to a query begins otherwise.
static_assert(std::ranges::all_of(subresources, [](const Subresource& s) {
  return s.name.front() >= 'a' && s.name.front() <= 'w';
}));

}  // namespace

const Subresource* find_subresource(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'w') return nullptr;
  const auto* found = std::ranges::lower_bound(subresources, name, {}, &Subresource::name);
  return found != subresources.end() && found->name == name ? found : nullptr;
}

bool has_method(std::string_view methods, std::string_view method) {
  return methods.contains(method);  // no method's name is a part of another's
}

}  // namespace signpost::s3server
