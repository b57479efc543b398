#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/try.hpp"
#include "domain/access.hpp"
#include "domain/content_type.hpp"
#include "domain/file_name.hpp"
#include "gateway/album_access.hpp"
#include "gateway/file_json.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/json_body.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_upload.hpp"
#include "gateway/store_problem.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t id_random_bytes = 16;
constexpr std::size_t key_random_bytes = 16;
constexpr std::size_t raw_name_bytes = 4096;  // a path may come with the name; it is cut off
constexpr std::size_t media_type_bytes = 255;
constexpr std::string_view staging_prefix = "staging/";
constexpr std::size_t album_bytes = 128;

// What POST /v1/files asks for, checked.
struct Declared {
  domain::FileId id;
  std::string name;
  domain::UploadRequest upload;
  std::optional<domain::AlbumId> album;
  std::map<std::string, std::string> metadata;
  domain::Principal owner;
  std::optional<domain::ObjectRef> object;  // one that exists; then the rest may be left out
  bool has_size = true;
};

std::expected<domain::UploadType, http::Problem> declared_upload_type(
    std::optional<std::string> text) {
  if (!text) return domain::UploadType::put;
  auto type = domain::parse_upload_type(*text);
  if (!type) return std::unexpected(invalid("upload_type is not put, post or multipart."));
  return *type;
}

// `object`: {bucket, key}, and nothing else.
std::expected<std::optional<domain::ObjectRef>, http::Problem> declared_object(
    JsonFields& fields, std::string_view our_bucket) {
  // A key is any bytes: what other programs put there has such names too.
  auto parts = fields.text_map("object", ControlCharacters::taken);
  if (!parts) return std::nullopt;
  auto bucket = parts->find("bucket");
  auto key = parts->find("key");
  if (parts->size() != 2 || bucket == parts->end() || key == parts->end())
    return std::unexpected(invalid("object is not of the form {bucket, key}."));
  if (bucket->second != our_bucket)
    return std::unexpected(problem(422, "wrong_bucket", "That is not this server's bucket."));
  if (key->second.empty() || key->second.size() > limits::object_key_bytes)
    return std::unexpected(invalid("The key of an object is of 1 to 1024 bytes."));
  // What is there belongs to an upload, and goes when that ends.
  if (key->second.starts_with(staging_prefix))
    return std::unexpected(problem(422, "reserved_key", "Keys that begin so are of uploads."));
  return domain::ObjectRef{bucket->second, key->second};
}

std::string_view last_segment(std::string_view key) {
  return key.substr(key.rfind('/') + 1);
}

std::expected<Declared, http::Problem> read_declaration(JsonFields fields,
                                                        const domain::Caller& caller,
                                                        std::string_view bucket) {
  TRY(auto object, declared_object(fields, bucket));
  bool named = !object || fields.has("name");
  std::string raw_name =
      named ? fields.required_text("name", raw_name_bytes) : std::string(last_segment(object->key));
  auto type_text = fields.text("content_type", media_type_bytes);
  bool has_size = !object || fields.has("size");
  std::uint64_t size = has_size ? fields.required_number("size") : 0;
  auto sha256_text = fields.text("sha256", 64);
  auto album_text = fields.text("album", album_bytes);
  auto metadata = fields.text_map("metadata");
  auto id_text = fields.text("id", 128);
  auto owner_text = fields.text("owner", limits::principal_bytes);
  auto upload_type_text = fields.text("upload_type", 16);
  TRYV(fields.finish());

  auto name = domain::sanitize_file_name(raw_name);
  if (!name) return std::unexpected(invalid("name is not UTF-8."));
  TRY(domain::MediaType type, declared_type(std::move(type_text)));
  TRY(domain::UploadType upload_type, declared_upload_type(std::move(upload_type_text)));
  TRY(domain::Principal owner, declared_owner(std::move(owner_text), caller));
  auto id = domain::FileId::parse(id_text ? *id_text : random_hex(id_random_bytes));
  if (!id) return std::unexpected(invalid("id is not 1 to 128 characters of A-Z a-z 0-9 . _ -"));
  std::optional<domain::AlbumId> album;
  if (album_text) {
    TRY(album, parse_album(*album_text));
  }
  std::optional<std::string> sha256;
  if (sha256_text) sha256 = to_lower(*sha256_text);
  domain::UploadRequest upload{.type = upload_type,
                               .size = size,
                               .content_type = std::move(type),
                               .sha256 = std::move(sha256)};
  return Declared{.id = *std::move(id),
                  .name = *std::move(name),
                  .upload = std::move(upload),
                  .album = std::move(album),
                  .metadata = metadata.value_or(std::map<std::string, std::string>{}),
                  .owner = std::move(owner),
                  .object = std::move(object),
                  .has_size = has_size};
}

// Of 62 bits, so that raising it never ends (File::epoch).
std::uint64_t random_epoch() {
  std::uint64_t epoch = 0;
  for (char byte : random_bytes(sizeof epoch))
    epoch = (epoch << 8) | static_cast<std::uint8_t>(byte);
  return epoch >> 2;
}

domain::File new_file(const Declared& declared, const domain::UploadPlan& plan,
                      const domain::UrlLife& life, domain::ObjectRef object, Request& request,
                      const domain::Caller& caller) {
  return {.id = declared.id,
          .name = declared.name,
          .content_type = declared.upload.content_type,
          .size = declared.upload.size,
          .sha256 = declared.upload.sha256,
          .state = domain::FileState::pending,
          .owner = declared.owner,
          .created_by = caller.principal,
          .album = declared.album,
          .metadata = declared.metadata,
          .width = std::nullopt,
          .height = std::nullopt,
          .created_at = request.now,
          .updated_at = request.now,
          .object = std::move(object),
          .epoch = random_epoch(),
          .etag = {},
          .upload = domain::Upload{plan.type, plan.key, life.expires_at}};
}

net::Response created_response(const domain::File& file, boost::json::value upload) {
  boost::json::object body;
  body["file"] = to_json(file);
  body["upload"] = std::move(upload);
  net::Response response = json_response(boost::json::serialize(body), 201);
  response.headers.add("Location", "/v1/files/" + file.id.text());
  return response;
}

net::Task<Outcome> create_entry(Request& request, const Creation& creation,
                                const domain::File& file, boost::json::value upload) {
  net::Response response = created_response(file, std::move(upload));
  auto answer = answer_under_key(creation, response);
  auto create = [&] { return request.shared().catalog.create_file(file, answer); };
  auto created = co_await request.shared().pool.run(create);
  co_return co_await conclude(request, creation, created, std::move(response));
}

bool says_nothing(const domain::MediaType& type) {
  return type.essence() == domain::octet_stream || type.essence() == "binary/octet-stream";
}

// The store's word, unless that is no type at all: then the declared one, if the first bytes fit.
net::Task<std::expected<domain::MediaType, http::Problem>> type_of_object(
    Request& request, const Declared& declared, const s3client::ObjectInfo& info) {
  auto stored = domain::MediaType::parse(info.content_type);
  if (stored && !says_nothing(*stored)) co_return *std::move(stored);
  auto first =
      co_await request.services.store.get_first_bytes(declared.object->key, domain::sniff_bytes);
  if (!first) co_return std::unexpected(store_problem(first.error(), "reading first bytes"));
  bool fits = domain::fits(declared.upload.content_type, *first);
  co_return fits ? declared.upload.content_type : domain::MediaType();
}

// What was declared besides must be so.
std::expected<std::optional<std::string>, http::Problem> check_object(
    const Declared& declared, const s3client::ObjectInfo& info) {
  if (declared.has_size && info.size != declared.upload.size)
    return std::unexpected(
        problem(409, "size_mismatch", fmt::format("The object has {} bytes.", info.size)));
  std::optional<std::string> sha256;
  if (info.checksum_sha256) sha256 = domain::sha256_base64_to_hex(*info.checksum_sha256);
  if (declared.upload.sha256 && declared.upload.sha256 != sha256)
    return std::unexpected(problem(409, "sha256_mismatch",
                                   sha256 ? "The SHA-256 of the object is another."
                                          : "The store keeps no SHA-256 of the object."));
  return sha256;
}

// Makes an entry of an object that exists, ready at once: nothing is copied.
net::Task<Outcome> enter_object(Request& request, const domain::Caller& caller,
                                const Creation& creation, Declared declared) {
  auto info = co_await request.services.store.head_object(declared.object->key);
  if (!info && info.error().is_not_found())
    co_return std::unexpected(
        problem(422, "no_such_object", "The bucket has no object of that key."));
  if (!info) co_return std::unexpected(store_problem(info.error(), "HEAD of an object"));
  CO_TRY(std::optional<std::string> sha256, check_object(declared, *info));
  CO_TRY(domain::MediaType type, co_await type_of_object(request, declared, *info));
  domain::File file{.id = declared.id,
                    .name = declared.name,
                    .content_type = std::move(type),
                    .size = info->size,
                    .sha256 = std::move(sha256),
                    .state = domain::FileState::ready,
                    .owner = declared.owner,
                    .created_by = caller.principal,
                    .album = declared.album,
                    .metadata = declared.metadata,
                    .created_at = request.now,
                    .updated_at = request.now,
                    .object = *declared.object,
                    .epoch = random_epoch(),
                    .etag = info->etag};
  co_return co_await create_entry(request, creation, file, nullptr);
}

}  // namespace

net::Task<Outcome> create_file(Request& request, const domain::Caller& caller) {
  CO_TRY(Creation creation, co_await read_creation(request, caller));
  if (creation.replay) co_return *std::move(creation.replay);
  CO_TRY(Declared declared,
         read_declaration(std::move(creation.fields), caller, request.services.store.bucket()));
  domain::FileFacts facts{
      .owner = declared.owner, .created_by = caller.principal, .state = domain::FileState::pending};
  for (domain::Action action : {domain::Action::create, domain::Action::enter_object}) {
    if (action == domain::Action::enter_object && !declared.object) continue;
    domain::Decision decision = domain::decide(&caller, action, &facts);
    if (decision != domain::Decision::allow) co_return std::unexpected(to_problem(decision));
  }
  if (declared.album) {
    domain::Caller acting = domain::acting_for(caller, declared.owner);
    CO_TRYV(co_await check_place(request, acting, declared.owner, *declared.album));
  }

  if (declared.object)
    co_return co_await enter_object(request, caller, creation, std::move(declared));
  Shared& shared = request.shared();
  domain::ObjectRef object{.bucket = request.services.store.bucket(),
                           .key = "files/" + random_hex(key_random_bytes)};
  auto plan = domain::plan_upload(shared.options.uploads, declared.upload, object.key,
                                  std::string(staging_prefix) + random_hex(key_random_bytes));
  if (!plan) co_return std::unexpected(to_problem(plan.error()));
  CO_TRY(domain::UrlLife life, upload_life(request, caller));

  domain::File file = new_file(declared, *plan, life, std::move(object), request, caller);
  CO_TRY(boost::json::object upload, upload_json(request, caller, file, *plan, life));
  co_return co_await create_entry(request, creation, file, std::move(upload));
}

}  // namespace signpost::gateway
