#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/try.hpp"
#include "domain/content_type.hpp"
#include "domain/upload.hpp"
#include "gateway/authenticate.hpp"
#include "gateway/completion.hpp"
#include "gateway/file_access.hpp"
#include "gateway/file_json.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/store_problem.hpp"

namespace signpost::gateway {
namespace {

std::string file_body(const domain::File& file) {
  boost::json::object body;
  body["file"] = to_json(file);
  return boost::json::serialize(body);
}

// The upload must be what was declared. The type is optional but for a browser that only a cookie
// authenticates: there it proves that no form of another site made this request.
std::expected<void, http::Problem> check_upload(const Request& request,
                                                const domain::Caller& caller,
                                                const domain::File& file) {
  const net::RequestHead& head = request.head();
  if (file.state != domain::FileState::pending || !file.upload)
    return std::unexpected(to_problem(domain::CatalogError::wrong_state));
  if (head.field("If-Match"))
    return std::unexpected(
        problem(412, "precondition_failed", "There are no bytes yet that If-Match could mean."));
  if (head.field("Content-Encoding") || head.field("Content-Range"))
    return std::unexpected(
        problem(415, "unsupported_encoding", "The body must be the file's bytes, as they are."));
  auto text = head.field("Content-Type");
  if (text || domain::is_by_cookie(caller.authentication)) {
    auto sent = domain::MediaType::parse(text.value_or(""));
    bool once = head.count("Content-Type") <= 1;
    if (!once || !sent || sent->essence() != file.content_type.essence()) {
      unsigned status = domain::is_by_cookie(caller.authentication) ? 403 : 400;
      return std::unexpected(
          problem(status, "type_mismatch",
                  fmt::format("Content-Type must be {}.", file.content_type.text())));
    }
  }
  std::uint64_t size = file.size.value_or(0);
  if (!head.chunked && head.content_length.value_or(0) != size)
    return std::unexpected(problem(400, "size_mismatch",
                                   fmt::format("{} bytes were declared and {} announced.", size,
                                               head.content_length.value_or(0))));
  return {};
}

// The Content-MD5 of a body (RFC 1864), and of what came of it so far. The store compares them and
// keeps nothing of a body that differs; ours says of which digest it speaks then.
class Md5Claim {
 public:
  // Nothing where the field is not there; a problem where it is no MD5.
  static std::expected<std::optional<Md5Claim>, http::Problem> of(const net::RequestHead& head) {
    auto text = head.field("Content-MD5");
    if (!text) return std::nullopt;
    auto bytes = base64_decode(*text);
    if (!bytes || bytes->size() != std::tuple_size_v<Md5Digest> || head.count("Content-MD5") != 1)
      return std::unexpected(
          problem(400, "invalid_digest", "Content-MD5 is not the base64 of 16 bytes."));
    return Md5Claim(std::string(*text));
  }

  const std::string& text() const { return text_; }
  void update(std::string_view bytes) { md5_.update(bytes); }
  // Only once.
  bool holds() { return base64_encode(as_bytes_view(md5_.finish())) == text_; }

 private:
  explicit Md5Claim(std::string text) : text_(std::move(text)) {}

  std::string text_;
  Md5 md5_;
};

// Moves the body to the store, one buffer at a time. The number of bytes is the declared one.
net::Task<std::expected<void, http::Problem>> stream_body(Request& request,
                                                          s3client::ObjectWriter& writer,
                                                          std::uint64_t size,
                                                          std::optional<Md5Claim>& md5) {
  std::uint64_t sent = 0;
  for (;;) {
    auto piece = co_await request.exchange.read_some();
    if (!piece) co_return std::unexpected(to_problem(piece.error()));
    if (piece->empty()) break;
    if (piece->size() > size - sent)
      co_return std::unexpected(problem(
          400, "size_mismatch", fmt::format("More than the declared {} bytes came.", size)));
    if (md5) md5->update({piece->data(), piece->size()});
    auto written = co_await writer.write(*piece);
    if (!written) co_return std::expected<void, http::Problem>{};  // finish() says why
    sent += piece->size();
  }
  if (sent < size)
    co_return std::unexpected(problem(
        400, "size_mismatch", fmt::format("{} bytes were declared and {} came.", size, sent)));
  co_return std::expected<void, http::Problem>{};
}

net::Task<std::expected<void, http::Problem>> put_object(Request& request,
                                                         const domain::File& file) {
  CO_TRY(std::optional<Md5Claim> md5, Md5Claim::of(request.head()));
  s3client::PutRequest put{
      .key = file.upload->key,
      .content_length = file.size.value_or(0),
      .content_type = file.content_type.text(),
      .checksum_sha256 = std::nullopt,
      .content_md5 = std::nullopt,
      .payload_sha256 = std::nullopt,
      .if_none_match = request.shared().options.uploads.enforces_if_none_match};
  if (file.sha256) put.checksum_sha256 = domain::sha256_hex_to_base64(*file.sha256);
  if (md5) put.content_md5 = md5->text();
  auto writer = co_await request.services.store.put_object(std::move(put));
  if (!writer) co_return std::unexpected(store_problem(writer.error(), "starting a PUT"));
  CO_TRYV(co_await stream_body(request, **writer, file.size.value_or(0), md5));
  auto done = co_await (*writer)->finish();
  // 412: the bytes are there already, from an upload whose answer was lost. Completion judges them.
  if (done || done.error().is_precondition_failed()) co_return std::expected<void, http::Problem>{};
  const bool bad_digest = done.error().code == "BadDigest";
  if (bad_digest && md5 && !md5->holds())
    co_return std::unexpected(
        problem(400, "md5_mismatch", "The MD5 of what arrived is not that of Content-MD5."));
  if (file.sha256 && (bad_digest || done.error().code == "XAmzContentSHA256Mismatch"))
    co_return std::unexpected(
        problem(409, "sha256_mismatch", "The SHA-256 of what arrived is not the declared one."));
  co_return std::unexpected(store_problem(done.error(), "a PUT"));
}

// Bytes may be long in coming: whose they are must be allowed to bring them still. Where the entry
// has gone meanwhile, the completion says so and takes the bytes away.
net::Task<std::expected<void, http::Problem>> check_may_still(Request& request,
                                                              const domain::Caller& caller,
                                                              const domain::File& file) {
  domain::Row<domain::File> now = request.shared().catalog.find_file(file.id);
  if (!now || now->object != file.object) co_return std::expected<void, http::Problem>{};
  CO_TRY(domain::Caller caller_now, co_await authenticate_again(request, caller));
  CO_TRYV(co_await find_file(request, &caller_now, domain::Action::upload));
  co_return std::expected<void, http::Problem>{};
}

}  // namespace

net::Task<Outcome> complete_file(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::upload));
  if (request.head().has_body()) {
    CO_TRY(JsonFields fields, co_await read_json(request));
    CO_TRYV(fields.finish());
  }
  CO_TRY(domain::File completed, co_await complete_upload(request, *file));
  co_return json_response(file_body(completed));
}

net::Task<Outcome> put_content(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::upload));
  CO_TRYV(check_upload(request, caller, *file));
  CO_TRYV(co_await put_object(request, *file));
  CO_TRYV(co_await check_may_still(request, caller, *file));
  CO_TRY(domain::File completed, co_await complete_upload(request, *file));
  co_return json_response(file_body(completed));
}

}  // namespace signpost::gateway
