#include "gateway/file_json.hpp"

#include <boost/json/value_from.hpp>
#include <optional>

#include "base/time.hpp"

namespace signpost::gateway {
namespace {

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return boost::json::value_from(*value);
}

}  // namespace

boost::json::object to_json(const domain::File& file) {
  boost::json::object metadata;
  for (const auto& [name, value] : file.metadata) metadata.emplace(name, value);
  boost::json::object out;
  out["id"] = file.id.text();
  out["name"] = file.name;
  out["content_type"] = file.content_type.text();
  out["size"] = or_null(file.size);
  out["sha256"] = or_null(file.sha256);
  out["state"] = domain::to_text(file.state);
  out["owner"] = file.owner.text();
  if (file.album)
    out["album"] = file.album->text();
  else
    out["album"] = nullptr;
  out["metadata"] = std::move(metadata);
  out["width"] = or_null(file.width);
  out["height"] = or_null(file.height);
  out["created_at"] = to_rfc3339(file.created_at);
  out["updated_at"] = to_rfc3339(file.updated_at);
  return out;
}

}  // namespace signpost::gateway
