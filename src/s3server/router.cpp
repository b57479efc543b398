#include "s3server/router.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "http/field_parameters.hpp"
#include "s3/ticket.hpp"
#include "s3server/list_parameters.hpp"
#include "s3server/query_parameters.hpp"
#include "s3server/subresources.hpp"

namespace signpost::s3server {
namespace {

using s3::Error;
using s3::ErrorCode;

struct Request {
  std::string_view method;
  QueryParameters query;
  const Subresource* asked;      // null where there is none
  std::string_view subresource;  // its name; empty where there is none
  bool has_copy_source;
};

std::unexpected<Error> refuse(ErrorCode code) {
  return std::unexpected(Error{code});
}

// What the store has no operation for: 501 where S3 has one, or knows no such subresource here, and
// 405 where the subresource has no such method. HEAD is of no subresource.
std::unexpected<Error> refuse_subresource(const Request& request, std::string_view methods) {
  const bool lacking = methods.empty() || has_method(methods, request.method);
  if (request.method == "HEAD" || !lacking) return refuse(ErrorCode::MethodNotAllowed);
  return std::unexpected(
      Error{ErrorCode::NotImplemented, "", {{"Header", std::string(request.subresource)}}});
}

std::expected<s3::BucketName, Error> bucket_name(const std::string& text) {
  auto name = s3::BucketName::parse(text);
  if (!name)
    return std::unexpected(Error{ErrorCode::InvalidBucketName, "", {{"BucketName", text}}});
  return *std::move(name);
}

// The one subresource of the query. Two of them name no operation.
std::expected<const Subresource*, Error> subresource_of(const QueryParameters& query) {
  const Subresource* found = nullptr;
  for (const auto& [name, value] : query.all()) {
    const Subresource* one = find_subresource(name);
    if (!one) continue;
    // The two of them name one operation together: that of the upload.
    auto of_upload = [](const Subresource& s) {
      return s.name == "partNumber" || s.name == "uploadId";
    };
    if (found && !(of_upload(*one) && of_upload(*found)))
      return std::unexpected(Error{ErrorCode::InvalidArgument,
                                   "Conflicting query string parameters: " +
                                       std::string(found->name) + ", " + std::string(name)});
    if (!found || found->name != "uploadId") found = one;
  }
  return found;
}

// What makes a version speaks of none that is there.
bool makes_a_version(const Request& request) {
  if (request.subresource == "uploads" || request.subresource == "uploadId") return true;
  return request.method == "PUT" && (!request.asked || request.subresource == "partNumber");
}

// The store keeps one version of an object, and its id is "null".
std::expected<void, Error> check_version(const Request& request) {
  auto version = request.query.get("versionId");
  if (version && makes_a_version(request))
    return std::unexpected(Error{ErrorCode::InvalidArgument,
                                 "This operation does not accept a version-id.",
                                 {{"ArgumentName", "versionId"}}});
  if (!version || *version == "null") return {};
  if (version->empty())
    return std::unexpected(
        Error{ErrorCode::InvalidArgument, "Version id cannot be the empty string"});
  return refuse(ErrorCode::NoSuchVersion);
}

constexpr std::string_view override_prefix = "response-";
constexpr auto overridable =
    std::to_array<std::string_view>({"content-type", "content-language", "expires", "cache-control",
                                     "content-disposition", "content-encoding"});

std::expected<ResponseOverrides, Error> response_overrides(const QueryParameters& query) {
  ResponseOverrides out;
  for (const auto& [name, value] : query.all()) {
    if (!name.starts_with(override_prefix)) continue;
    const auto* field = std::ranges::find(overridable, name.substr(override_prefix.size()));
    if (field == overridable.end()) continue;
    if (!http::is_field_content(value) || trim(value) != value)
      return std::unexpected(Error{ErrorCode::InvalidArgument,
                                   "Header value cannot be represented.",
                                   {{"ArgumentName", std::string(name)}}});
    out.push_back({*field, std::string(value)});
  }
  return out;
}

std::expected<Operation, Error> route_service(const Request& request) {
  if (request.asked) return refuse_subresource(request, "");
  if (request.method == "GET") {
    TRY(auto operation, list_buckets(request.query));
    return operation;
  }
  return refuse(ErrorCode::MethodNotAllowed);
}

std::expected<Operation, Error> route_listing(const Request& request, s3::BucketName bucket) {
  auto type = request.query.get("list-type");
  if (type && *type != "2")
    return std::unexpected(
        Error{ErrorCode::InvalidArgument, "Invalid List Type", {{"ArgumentName", "list-type"}}});
  if (type) {
    TRY(auto operation, list_objects_v2(request.query, std::move(bucket)));
    return operation;
  }
  TRY(auto operation, list_objects(request.query, std::move(bucket)));
  return operation;
}

std::expected<Operation, Error> route_bucket_get(const Request& request, s3::BucketName bucket) {
  if (request.subresource.empty()) return route_listing(request, std::move(bucket));
  if (request.subresource == "location") return GetBucketLocation{std::move(bucket)};
  if (request.subresource == "versioning") return GetBucketVersioning{std::move(bucket)};
  if (request.subresource == "acl") return GetAcl{std::move(bucket), std::nullopt};
  if (request.subresource == "cors") return GetBucketCors{std::move(bucket)};
  if (request.subresource == "tagging") return GetTagging{std::move(bucket), std::nullopt};
  if (request.subresource == "versions") {
    TRY(auto operation, list_object_versions(request.query, std::move(bucket)));
    return operation;
  }
  if (request.subresource == "uploads") {
    TRY(auto operation, list_multipart_uploads(request.query, std::move(bucket)));
    return operation;
  }
  return refuse_subresource(request, request.asked->of_bucket);
}

std::expected<Operation, Error> route_bucket(const Request& request, s3::BucketName bucket) {
  std::string_view method = request.method;
  std::string_view subresource = request.subresource;
  if (method == "GET") return route_bucket_get(request, std::move(bucket));
  if (method == "HEAD" && subresource.empty()) return HeadBucket{std::move(bucket)};
  if (method == "PUT") {
    if (subresource.empty()) return CreateBucket{std::move(bucket)};
    if (subresource == "cors") return PutBucketCors{std::move(bucket)};
    if (subresource == "tagging") return PutTagging{std::move(bucket), std::nullopt};
    if (subresource == "acl") return PutAcl{std::move(bucket), std::nullopt};
  }
  if (method == "DELETE") {
    if (subresource.empty()) return DeleteBucket{std::move(bucket)};
    if (subresource == "cors") return DeleteBucketCors{std::move(bucket)};
    if (subresource == "tagging") return DeleteTagging{std::move(bucket), std::nullopt};
  }
  if (method == "POST") {
    if (subresource == "delete") return DeleteObjects{std::move(bucket)};
    if (subresource == s3::withdrawals_subresource) return WithdrawTickets{std::move(bucket)};
    if (subresource == s3::fetches_subresource) return ReportFetches{std::move(bucket)};
    if (subresource.empty())
      return std::unexpected(
          Error{ErrorCode::PreconditionFailed,
                "",
                {{"Condition", "Bucket POST must be of the enclosure-type multipart/form-data"}}});
  }
  return refuse_subresource(request, request.asked->of_bucket);
}

// 1 to 10,000 in decimal digits, without a leading zero.
std::expected<std::uint32_t, Error> part_number(const QueryParameters& query) {
  std::string_view text = query.get("partNumber").value_or("");
  auto number = parse_u64(text);
  if (!number || *number == 0 || *number > limits::part_number || text.starts_with('0'))
    return std::unexpected(Error{ErrorCode::InvalidArgument,
                                 "Part number must be an integer between 1 and 10000, inclusive",
                                 {{"ArgumentName", "partNumber"}}});
  return static_cast<std::uint32_t>(*number);
}

std::expected<Operation, Error> route_upload(const Request& request, s3::BucketName bucket,
                                             s3::ObjectKey key) {
  std::string_view method = request.method;
  if (request.subresource == "uploads") {
    if (method == "POST") return CreateMultipartUpload{std::move(bucket), std::move(key)};
    return refuse(ErrorCode::MethodNotAllowed);
  }
  std::string id(request.query.get("uploadId").value_or(""));
  if (method == "PUT") {
    TRY(auto number, part_number(request.query));
    if (request.has_copy_source)
      return UploadPartCopy{std::move(bucket), std::move(key), std::move(id), number};
    return UploadPart{std::move(bucket), std::move(key), std::move(id), number};
  }
  if (request.query.has("partNumber")) return refuse(ErrorCode::MethodNotAllowed);
  if (method == "POST")
    return CompleteMultipartUpload{std::move(bucket), std::move(key), std::move(id)};
  if (method == "DELETE")
    return AbortMultipartUpload{std::move(bucket), std::move(key), std::move(id)};
  if (method == "GET") {
    TRY(auto operation,
        list_parts(request.query, std::move(bucket), std::move(key), std::move(id)));
    return operation;
  }
  return refuse(ErrorCode::MethodNotAllowed);
}

std::expected<Operation, Error> route_object(const Request& request, s3::BucketName bucket,
                                             s3::ObjectKey key) {
  std::string_view method = request.method;
  if (request.subresource == "acl") {
    if (method == "GET") return GetAcl{std::move(bucket), std::move(key)};
    if (method == "PUT") return PutAcl{std::move(bucket), std::move(key)};
  }
  if (request.subresource == "tagging") {
    if (method == "GET") return GetTagging{std::move(bucket), std::move(key)};
    if (method == "PUT") return PutTagging{std::move(bucket), std::move(key)};
    if (method == "DELETE") return DeleteTagging{std::move(bucket), std::move(key)};
  }
  if (request.subresource == "attributes" && method == "GET")
    return GetObjectAttributes{std::move(bucket), std::move(key)};
  if (request.subresource == "uploadId" || request.subresource == "uploads")
    return route_upload(request, std::move(bucket), std::move(key));
  bool reads = method == "GET" || method == "HEAD";
  if (request.subresource == "partNumber" && method == "PUT")
    return std::unexpected(Error{ErrorCode::InvalidArgument,
                                 "A part needs the id of its upload.",
                                 {{"ArgumentName", "uploadId"}}});
  if (request.asked && !(reads && request.subresource == "partNumber"))
    return refuse_subresource(request, request.asked->of_object);
  if (reads) {
    TRY(auto overrides, response_overrides(request.query));
    GetObject get{std::move(bucket), std::move(key), std::move(overrides), method == "HEAD", {}};
    get.ticket = request.query.get(s3::ticket_parameter).value_or("");
    if (request.query.has("partNumber")) {
      TRY(get.part_number, part_number(request.query));
    }
    return get;
  }
  if (method == "PUT") {
    if (request.has_copy_source) return CopyObject{std::move(bucket), std::move(key)};
    return PutObject{std::move(bucket), std::move(key)};
  }
  if (method == "DELETE") return DeleteObject{std::move(bucket), std::move(key)};
  return refuse(ErrorCode::MethodNotAllowed);
}

// The label of a bucket below the domain; nothing where Host is the domain itself or another name.
std::optional<std::string> bucket_of_host(std::string_view host, std::string_view domain) {
  if (domain.empty() || host.starts_with('[')) return std::nullopt;
  std::string name = to_lower(host.substr(0, host.rfind(':')));
  if (name.size() <= domain.size() + 1 || !name.ends_with(domain)) return std::nullopt;
  std::size_t label = name.size() - domain.size() - 1;
  if (name[label] != '.') return std::nullopt;
  name.resize(label);
  return name;
}

}  // namespace

std::expected<Address, s3::Error> resolve_address(std::string_view path, std::string_view host,
                                                  std::string_view domain) {
  auto decoded = percent_decode(path);
  if (!decoded || !decoded->starts_with('/')) return refuse(ErrorCode::InvalidURI);
  std::string_view rest = std::string_view(*decoded).substr(1);
  if (auto bucket = bucket_of_host(host, domain))
    return Address{*std::move(bucket), std::string(rest)};
  auto slash = rest.find('/');
  if (slash == std::string_view::npos) return Address{std::string(rest), ""};
  return Address{std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}

std::expected<s3::ObjectKey, s3::Error> parse_object_key(std::string_view text) {
  auto key = s3::ObjectKey::parse(text);
  if (key) return *std::move(key);
  switch (key.error()) {
    case s3::ObjectKeyError::too_long:
      return std::unexpected(Error{ErrorCode::KeyTooLongError,
                                   "",
                                   {{"Size", std::to_string(text.size())},
                                    {"MaxSizeAllowed", std::to_string(limits::object_key_bytes)}}});
    case s3::ObjectKeyError::empty:
    case s3::ObjectKeyError::has_nul:
    case s3::ObjectKeyError::not_utf8:
      break;
  }
  return std::unexpected(
      Error{ErrorCode::InvalidArgument, "Object keys are UTF-8 without NUL.", {}});
}

bool is_known_method(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods = {"GET",  "HEAD",   "PUT",
                                                       "POST", "DELETE", "OPTIONS"};
  return std::ranges::find(methods, method) != methods.end();
}

std::string allowed_methods(std::string_view query, const Address& address) {
  std::string_view methods = "GET HEAD PUT DELETE";
  if (address.key.empty()) methods = address.bucket.empty() ? "GET" : "GET HEAD PUT POST DELETE";
  if (auto parameters = QueryParameters::parse(query)) {
    auto asked = subresource_of(*parameters);
    if (asked && *asked) methods = address.key.empty() ? (*asked)->of_bucket : (*asked)->of_object;
  }
  std::string out(methods);
  out += out.empty() ? "OPTIONS" : " OPTIONS";
  for (auto at = out.find(' '); at != std::string::npos; at = out.find(' ', at + 2))
    out.insert(at, 1, ',');
  return out;
}

std::expected<Operation, s3::Error> route(const RouteInput& input, const Address& address) {
  if (!is_known_method(input.method) || input.method == "OPTIONS")
    return refuse(ErrorCode::MethodNotAllowed);
  TRY(auto query, QueryParameters::parse(input.query));
  TRY(const Subresource* asked, subresource_of(query));
  Request request{input.method, std::move(query), asked, asked ? asked->name : "",
                  input.has_copy_source};
  if (address.bucket.empty() && address.key.empty()) return route_service(request);
  TRY(auto bucket, bucket_name(address.bucket));
  if (address.key.empty()) return route_bucket(request, std::move(bucket));
  TRY(auto key, parse_object_key(address.key));
  TRYV(check_version(request));
  return route_object(request, std::move(bucket), std::move(key));
}

}  // namespace signpost::s3server
