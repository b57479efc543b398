#include "gateway/completion.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "domain/content_type.hpp"
#include "domain/upload.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/store_problem.hpp"

namespace signpost::gateway {
namespace {

using FileResult = std::expected<domain::File, http::Problem>;

http::Problem upload_ended(domain::FileState state) {
  return problem(409, "not_pending",
                 fmt::format("The file's upload has ended: it is {}.", domain::to_text(state)));
}

// The store's trouble with bytes that must be there. They are not also where they went between two
// questions, with an entry that was deleted.
http::Problem trouble_with_bytes(const s3client::S3Error& error, std::string_view doing) {
  if (error.is_not_found())
    return problem(409, "upload_missing", "The store has no bytes of this file yet.");
  return store_problem(error, doing);
}

// SHA-256 of the object by reading it, for a store that keeps none.
net::Task<std::expected<std::string, http::Problem>> hash_object(Request& request, std::string key,
                                                                 std::string etag) {
  s3client::GetConditions conditions;
  conditions.if_match = "\"" + etag + "\"";
  auto body = co_await request.services.store.get_object(std::move(key), std::move(conditions));
  if (!body) co_return std::unexpected(trouble_with_bytes(body.error(), "hashing an object"));
  Sha256 hash;
  for (;;) {
    auto piece = co_await body->exchange->read_some();
    if (!piece) {
      s3client::S3Error error{.transport = piece.error(), .status = 0, .code = {}, .message = {}};
      co_return std::unexpected(store_problem(error, "hashing an object"));
    }
    if (piece->empty()) break;
    hash.update({piece->data(), piece->size()});
  }
  co_return hex_encode(hash.finish());
}

// What has arrived, and what is wrong with it: a problem of status 409, or nothing.
struct Arrived {
  std::string etag;
  std::optional<std::string> sha256;
  std::optional<http::Problem> fault;
};

net::Task<std::expected<Arrived, http::Problem>> inspect(Request& request, const domain::File& file,
                                                         const std::string& key) {
  auto info = co_await request.services.store.head_object(key);
  if (!info) co_return std::unexpected(trouble_with_bytes(info.error(), "HEAD of an object"));

  Arrived arrived{.etag = info->etag, .sha256 = std::nullopt, .fault = std::nullopt};
  if (file.size && info->size != *file.size) {
    arrived.fault =
        problem(409, "size_mismatch",
                fmt::format("{} bytes were declared and {} arrived.", *file.size, info->size));
    co_return arrived;
  }
  if (info->checksum_sha256) arrived.sha256 = domain::sha256_base64_to_hex(*info->checksum_sha256);
  if (file.sha256 && !arrived.sha256) {
    CO_TRY(arrived.sha256, co_await hash_object(request, key, info->etag));
  }
  if (file.sha256 && arrived.sha256 != file.sha256) {
    arrived.fault =
        problem(409, "sha256_mismatch", "The SHA-256 of what arrived is not the declared one.");
    co_return arrived;
  }
  auto first = co_await request.services.store.get_first_bytes(key, domain::sniff_bytes);
  if (!first) co_return std::unexpected(trouble_with_bytes(first.error(), "reading first bytes"));
  if (!domain::fits(file.content_type, *first))
    arrived.fault =
        problem(409, "type_mismatch",
                fmt::format("The first bytes are not those of {}.", file.content_type.text()));
  co_return arrived;
}

net::Task<FileResult> fail(Request& request, const domain::File& file, http::Problem fault) {
  Shared& shared = request.shared();
  auto mark = [&] { return shared.catalog.fail_file(file, request.now); };
  auto failed = co_await shared.pool.run(mark);
  if (failed) co_await delete_objects(request.services, objects_of(file));
  co_return std::unexpected(std::move(fault));
}

// Another call may have been faster: then its result is ours.
net::Task<FileResult> after_race(Request& request, const domain::File& file) {
  auto find = [&] { return request.shared().catalog.find_file(file.id); };
  domain::Row<domain::File> now = co_await request.shared().pool.run(find);
  if (!now || now->object != file.object) co_return std::unexpected(not_found());
  if (now->state != domain::FileState::ready) co_return std::unexpected(upload_ended(now->state));
  co_return *now;
}

// Takes the bytes from where they arrived to where they stay, if that is another key. The result
// is the etag of the object that stays.
net::Task<std::expected<std::string, http::Problem>> settle(Request& request,
                                                            const domain::File& file,
                                                            const std::string& key,
                                                            const std::string& etag) {
  if (key == file.object.key) co_return etag;
  s3client::CopyRequest copy{.source_key = key,
                             .key = file.object.key,
                             .source_etag = etag,
                             .content_type = file.content_type.text()};
  auto copied = co_await request.services.store.copy_object(std::move(copy));
  if (!copied) co_return std::unexpected(trouble_with_bytes(copied.error(), "copying an object"));
  co_return copied->etag;
}

}  // namespace

net::Task<FileResult> complete_upload(Request& request, domain::File file) {
  if (file.state == domain::FileState::ready) co_return file;
  if (file.state != domain::FileState::pending || !file.upload)
    co_return std::unexpected(upload_ended(file.state));
  std::string key = file.upload->key;
  CO_TRY(Arrived arrived, co_await inspect(request, file, key));
  if (arrived.fault) co_return co_await fail(request, file, *std::move(arrived.fault));
  CO_TRY(std::string etag, co_await settle(request, file, key, arrived.etag));

  domain::FileCompletion completion{.size = file.size.value_or(0),
                                    .content_type = file.content_type,
                                    .sha256 = arrived.sha256,
                                    .etag = std::move(etag)};
  Shared& shared = request.shared();
  auto complete = [&] { return shared.catalog.complete_file(file, completion, request.now); };
  auto completed = co_await shared.pool.run(complete);
  if (!completed && completed.error() == domain::CatalogError::wrong_state)
    co_return co_await after_race(request, file);
  if (!completed) {
    // Who deleted the entry while its bytes were coming deleted the object before it was there.
    if (completed.error() == domain::CatalogError::not_found)
      co_await delete_objects(request.services, objects_of(file));
    co_return std::unexpected(to_problem(completed.error()));
  }
  if (key != file.object.key)
    co_await delete_objects(request.services, {{file.object.bucket, key}});
  co_return *std::move(completed);
}

}  // namespace signpost::gateway
