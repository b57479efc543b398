#include "app/store_admin.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <map>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "log/log.hpp"
#include "s3/bucket_name.hpp"

namespace signpost::app {
namespace {

using boost::json::object;

object refuse(std::string why) {
  return {{"error", std::move(why)}};
}

std::string text(const object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// An owner's name stands in XML documents and in header fields.
bool is_owner(std::string_view name) {
  return !name.empty() && name.size() <= limits::owner_bytes &&
         std::ranges::all_of(name, [](char c) {
           return is_alpha(c) || is_digit(c) || std::string_view("-._@:/+=").contains(c);
         });
}

object describe(const storage::AccessKey& key) {
  object out{{"access_key_id", key.id}, {"owner", key.owner}, {"bucket", nullptr}};
  if (key.bucket) out["bucket"] = *key.bucket;
  out["read_only"] = key.read_only;
  out["created_at"] = to_rfc3339(std::chrono::floor<std::chrono::seconds>(key.created));
  return out;
}

object create_access_key(storage::Store& store, std::string_view, const object& request) {
  storage::AccessKey key;
  key.owner = request.contains("owner") ? text(request, "owner") : std::string(root_owner);
  if (!is_owner(key.owner))
    return refuse("an owner is 1 to 128 letters, digits and signs of -._@:/+=");
  if (request.contains("bucket")) {
    key.bucket = text(request, "bucket");
    if (!s3::BucketName::parse(*key.bucket)) return refuse("no bucket can have that name");
    auto bucket = store.find_bucket(*key.bucket);
    if (bucket && bucket->owner != key.owner)
      return refuse("the bucket " + *key.bucket + " belongs to another owner");
  }
  if (const auto* value = request.if_contains("read_only"))
    key.read_only = value->is_bool() && value->get_bool();
  key.id = "SGN" + random_hex(8);
  const std::string secret = random_token(30);
  key.secret = Secret(secret);
  store.put_access_key(key);
  const auto entered = store.find_access_key(key.id);
  object out = describe(entered ? *entered : key);
  out["secret_access_key"] = secret;
  return out;
}

object list_access_keys(storage::Store& store, std::string_view, const object&) {
  boost::json::array items;
  for (const auto& key : store.list_access_keys()) items.push_back(describe(key));
  return {{"items", std::move(items)}};
}

object revoke_access_key(storage::Store& store, std::string_view root_key_id,
                         const object& request) {
  const std::string id = text(request, "access_key_id");
  if (id == root_key_id) return refuse(id + " is the root access key, which the store needs");
  if (!store.remove_access_key(id)) return refuse("there is no access key " + id);
  return {{"access_key_id", id}};
}

using Command = object (*)(storage::Store&, std::string_view, const object&);
const std::map<std::string, Command, std::less<>> commands = {
    {"access-key-create", &create_access_key},
    {"access-key-list", &list_access_keys},
    {"access-key-revoke", &revoke_access_key},
};

}  // namespace

object administer(storage::Store& store, std::string_view root_key_id, const object& request) {
  const auto command = commands.find(text(request, "command"));
  if (command == commands.end()) return refuse("there is no such command");
  return command->second(store, root_key_id, request);
}

std::string answer_admin(storage::Store& store, const sigv4::Credentials& root,
                         std::string_view line) {
  boost::system::error_code error;
  const boost::json::value request = boost::json::parse({line.data(), line.size()}, error);
  if (error || !request.is_object())
    return boost::json::serialize(refuse("a request is a JSON object on one line"));
  try {
    return boost::json::serialize(administer(store, root.access_key_id, request.get_object()));
  } catch (const std::exception& failure) {
    log::error("an administrative request failed: {}", failure.what());
    return boost::json::serialize(refuse("it failed; the store's log says why"));
  }
}

}  // namespace signpost::app
