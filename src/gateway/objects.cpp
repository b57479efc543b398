// Objects by their key, where a rule allows it and with no entry in the catalog.
#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "domain/file_name.hpp"
#include "domain/key_rule.hpp"
#include "gateway/content.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_upload.hpp"
#include "gateway/signed_url.hpp"
#include "gateway/store_problem.hpp"
#include "http/http_date.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t media_type_bytes = 255;

std::expected<std::string, http::Problem> allowed_key(Request& request,
                                                      const domain::Caller& caller,
                                                      domain::KeyAction action) {
  std::string key(request.path.get("key"));
  domain::Decision decision = domain::decide(request.shared().options.rules, &caller, key, action);
  if (decision != domain::Decision::allow) return std::unexpected(to_problem(decision));
  return key;
}

// What stands in for the file's id in a ticket.
domain::FileId id_of_key(std::string_view key) {
  return domain::FileId::parse("key." + hex_encode(sha256(key))).value();
}

std::string name_of_key(std::string_view key) {
  auto name = domain::sanitize_file_name(key.substr(key.rfind('/') + 1));
  return name ? *std::move(name) : "file";
}

// What is known of the object without asking the store.
domain::File file_of_key(Request& request, const domain::Caller& caller, const std::string& key) {
  return {.id = id_of_key(key),
          .name = name_of_key(key),
          .state = domain::FileState::ready,
          .owner = caller.principal,
          .created_by = caller.principal,
          .created_at = request.now,
          .updated_at = request.now,
          .object = {request.services.store.bucket(), key}};
}

// The object as a file, as the store describes it. Nothing is known of it here, so the store is
// asked; its type is what the uploader said, and is treated as any file's.
net::Task<FoundReadable> find_object(Request& request, const domain::Caller& caller) {
  CO_TRY(std::string key, allowed_key(request, caller, domain::KeyAction::get));
  auto info = co_await request.services.store.head_object(key);
  if (!info && info.error().is_not_found()) co_return std::unexpected(not_found());
  if (!info) co_return std::unexpected(store_problem(info.error(), "HEAD of an object"));
  domain::File file = file_of_key(request, caller, key);
  file.content_type = domain::MediaType::parse(info->content_type).value_or(domain::MediaType());
  file.size = info->size;
  file.etag = info->etag;
  file.updated_at = http::parse_http_date(info->last_modified, request.now).value_or(request.now);
  const domain::UrlEpochs epochs =
      request.shared().catalog.find_url_epochs(&caller.principal, file);
  co_return ReadableFile{std::make_shared<const domain::File>(std::move(file)), epochs};
}

}  // namespace

net::Task<Outcome> get_object_content(Request& request, const domain::Caller& caller) {
  CO_TRY(ReadableFile file, co_await find_object(request, caller));
  co_return co_await deliver(request, &caller, file);
}

net::Task<Outcome> get_object_url(Request& request, const domain::Caller& caller) {
  CO_TRY(ReadableFile file, co_await find_object(request, caller));
  co_return signed_url_answer(request, &caller, file);
}

net::Task<Outcome> create_object_upload(Request& request, const domain::Caller& caller) {
  CO_TRY(std::string key, allowed_key(request, caller, domain::KeyAction::put));
  CO_TRY(JsonFields fields, co_await read_json(request));
  auto type_text = fields.text("content_type", media_type_bytes);
  std::uint64_t size = fields.required_number("size");
  auto sha256_text = fields.text("sha256", 64);
  CO_TRYV(fields.finish());
  CO_TRY(domain::MediaType type, declared_type(std::move(type_text)));
  domain::UploadRequest upload{
      .type = domain::UploadType::put, .size = size, .content_type = std::move(type)};
  if (sha256_text) upload.sha256 = to_lower(*sha256_text);
  // Straight to its key: there is no entry whose completion could copy it there.
  domain::UploadPolicy policy = request.shared().options.uploads;
  policy.enforces_if_none_match = true;
  auto plan = domain::plan_upload(policy, upload, key, {});
  if (!plan) co_return std::unexpected(to_problem(plan.error()));
  CO_TRY(domain::UrlLife life, upload_life(request, caller));
  domain::File file = file_of_key(request, caller, key);
  boost::json::object body;
  CO_TRY(body["upload"], upload_json(request, caller, file, *plan, life));
  co_return json_response(boost::json::serialize(body), 201);
}

}  // namespace signpost::gateway
