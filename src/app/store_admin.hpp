#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "sigv4/credentials.hpp"
#include "storage/store.hpp"

namespace signpost::app {

// DATA/admin.sock: what whoever may write to a store's folder may ask of it while it runs. A line
// is a JSON object with `command`; the answer is one with what was asked for, or with `error`, a
// sentence for a person. The commands:
//   access-key-create {owner, bucket?, read_only?} -> {access_key_id, secret_access_key, owner,
//                                                      bucket, read_only, created_at}
//   access-key-list {}                             -> {items: [the same without the secret]}
//   access-key-revoke {access_key_id}              -> {access_key_id}
// Durable before it is answered.
inline constexpr const char* admin_socket_name = "admin.sock";
inline constexpr std::string_view root_owner = "root";

// `root` is the key that the store itself signs in with at its next start: it cannot be revoked.
boost::json::object administer(storage::Store& store, std::string_view root_key_id,
                               const boost::json::object& request);
// The same as lines, for net::LocalServer.
std::string answer_admin(storage::Store& store, const sigv4::Credentials& root,
                         std::string_view line);

}  // namespace signpost::app
