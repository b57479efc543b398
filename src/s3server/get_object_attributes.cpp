#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "http/http_date.hpp"
#include "s3/xml.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::uint64_t most_parts = 1000;

struct Wanted {
  bool etag = false;
  bool checksum = false;
  bool parts = false;
  bool storage_class = false;
  bool size = false;
  std::uint64_t max_parts = most_parts;
  std::uint64_t after = 0;  // the part's number
};

Outcome take_attribute(std::string_view name, Wanted& out) {
  const std::array<std::pair<std::string_view, bool*>, 5> known = {
      {{"ETag", &out.etag},
       {"Checksum", &out.checksum},
       {"ObjectParts", &out.parts},
       {"StorageClass", &out.storage_class},
       {"ObjectSize", &out.size}}};
  for (const auto& [known_name, flag] : known) {
    if (known_name != name) continue;
    *flag = true;
    return {};
  }
  return std::unexpected(Failure(ErrorCode::InvalidArgument, "Invalid attribute name specified.")
                             .detail("ArgumentName", "x-amz-object-attributes"));
}

std::expected<std::uint64_t, Failure> number(const Authenticated& who, const char* name,
                                             std::uint64_t otherwise) {
  auto text = who.fields().get(name);
  if (!text) return otherwise;
  auto value = parse_u64(*text);
  if (value) return *value;
  return std::unexpected(Failure(ErrorCode::InvalidArgument, "The value is not a number from 0 on.")
                             .detail("ArgumentName", name));
}

// The items of x-amz-object-attributes, be they in one field or in several.
std::string listed_attributes(const Authenticated& who) {
  std::string out;
  who.fields().for_each([&](const FieldView& field) {
    if (!equal_ignoring_case(field.name, "x-amz-object-attributes")) return;
    if (!out.empty()) out += ',';
    out += field.value;
  });
  return out;
}

// That list, and the page of the parts.
std::expected<Wanted, Failure> wanted(const Authenticated& who) {
  Wanted out;
  const std::string attributes = listed_attributes(who);
  std::string_view list = attributes;
  if (list.empty())
    return std::unexpected(Failure(ErrorCode::InvalidRequest,
                                   "The x-amz-object-attributes header specifying the attributes "
                                   "to be retrieved is either missing or empty"));
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    TRYV(take_attribute(trim(item), out));
  }
  TRY(out.max_parts, number(who, "x-amz-max-parts", most_parts));
  out.max_parts = std::min(out.max_parts, most_parts);
  TRY(out.after, number(who, "x-amz-part-number-marker", 0));
  return out;
}

void add_parts(s3::XmlWriter& xml, const Wanted& wanted, const storage::ObjectReader& object) {
  const auto& all = object.parts();
  auto part = std::ranges::upper_bound(all, wanted.after, {}, &storage::ObjectReader::Part::number);
  const auto left = static_cast<std::uint64_t>(all.end() - part);
  const auto end = part + static_cast<std::ptrdiff_t>(std::min(left, wanted.max_parts));
  xml.open("ObjectParts").element("PartsCount", std::to_string(all.size()));
  xml.element("PartNumberMarker", std::to_string(wanted.after));
  if (part != end) xml.element("NextPartNumberMarker", std::to_string(std::prev(end)->number));
  xml.element("MaxParts", std::to_string(wanted.max_parts));
  xml.flag("IsTruncated", end != all.end() && wanted.max_parts > 0);
  for (; part != end; ++part) {
    xml.open("Part").element("PartNumber", std::to_string(part->number));
    xml.element("Size", std::to_string(part->size));
    if (part->checksum) xml.element("Checksum" + part->checksum->algorithm, part->checksum->value);
    xml.close();
  }
  xml.close();
}

std::string document(const Wanted& wanted, const storage::ObjectReader& object) {
  const storage::ObjectInfo& info = object.info();
  s3::XmlWriter xml;
  xml.open("GetObjectAttributesResponse", s3::xml_namespace);
  if (wanted.etag) xml.element("ETag", info.etag);
  if (wanted.checksum && info.checksum) {
    xml.open("Checksum").element("Checksum" + info.checksum->algorithm, info.checksum->value);
    xml.element("ChecksumType", checksum_type(*info.checksum)).close();
  }
  if (wanted.parts && !object.parts().empty()) add_parts(xml, wanted, object);
  if (wanted.storage_class) xml.element("StorageClass", "STANDARD");
  if (wanted.size) xml.element("ObjectSize", std::to_string(info.size));
  return xml.finish();
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who,
                          const GetObjectAttributes& operation) {
  CO_TRY(Wanted what, wanted(who));
  auto open = [&] { return call.store().open(operation.bucket.str(), operation.key.str()); };
  auto object = co_await call.pool().run(open);
  if (!object) co_return std::unexpected(failure_of(object.error()));
  net::Headers headers;
  headers.add("Content-Type", "application/xml");
  headers.add(
      "Last-Modified",
      http::to_http_date(std::chrono::floor<std::chrono::seconds>(object->info().last_modified)));
  co_await call.respond(200, std::move(headers), document(what, *object));
  co_return Outcome{};
}

}  // namespace signpost::s3server
