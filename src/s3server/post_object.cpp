#include "s3server/post_object.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "http/multipart_form.hpp"
#include "s3/tagging.hpp"
#include "s3/ticket.hpp"
#include "s3/xml.hpp"
#include "s3server/authenticate_form.hpp"
#include "s3server/form_reader.hpp"
#include "s3server/handlers.hpp"
#include "s3server/receive_body.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

struct Plan {
  BodyClaims claims;
  storage::PutWriter::Commit commit;
  s3::ContentLengthRange range;
};

// Content-Type, where exactly one came.
std::optional<std::expected<std::string, http::FormError>> boundary_of(
    const net::RequestHead& head) {
  const auto type = head.field("Content-Type");
  if (!type) return std::nullopt;
  auto boundary = http::form_boundary(*type);
  if (boundary && head.count("Content-Type") != 1)
    return std::unexpected(http::FormError::no_boundary);
  return boundary;
}

// The form's field `tagging` is the document that PutObjectTagging has as its body.
Outcome add_tags(const s3::PostForm& form, storage::ObjectFields& fields) {
  const auto document = form.get("tagging");
  if (!document) return {};
  if (form.get(tagging_field))
    return std::unexpected(Failure(ErrorCode::InvalidArgument, "The form has two sets of tags.")
                               .detail("ArgumentName", "tagging"));
  TRY(const auto tags, s3::TagSet::parse_xml(*document, limits::object_tags));
  if (!tags.empty()) fields.emplace_back(tagging_field, tags.to_query());
  return {};
}

std::expected<Plan, Failure> plan_post(const Call& call, const AuthenticatedForm& authenticated,
                                       const s3::PostForm& form, const std::string& bucket) {
  const auto& [who, head, range] = authenticated;
  if (!who.may_write()) return std::unexpected(ErrorCode::AccessDenied);
  TRYV(own_bucket(call.store(), who, bucket));
  TRYV(check_fields(head, who));
  Plan plan;
  plan.range = range;
  TRY(plan.claims, body_claims(head, who));
  TRY(plan.commit.fields, object_fields(head, who));
  TRYV(add_tags(form, plan.commit.fields));
  plan.commit.bucket = bucket;
  TRY(const auto key, parse_object_key(*form.get("key")));  // authenticate_form() wants it
  plan.commit.key = key.str();
  return plan;
}

net::Task<Outcome> receive_file(Call& call, FormReader& reader, const s3::ContentLengthRange& range,
                                IncomingBody& body, std::vector<char>& rest) {
  std::uint64_t size = 0;
  for (;;) {
    CO_TRY(const std::string_view piece, co_await reader.read_file());
    if (piece.empty()) break;
    size += piece.size();
    CO_TRYV(range.check_so_far(size));
    CO_TRYV(co_await gather_piece(call, body, rest, piece));
  }
  CO_TRYV(range.check_whole(size));
  co_return co_await reader.read_rest();
}

// Where the object is, for a client that reads it from the answer.
std::string location_of(const Call& call, const net::Exchange& exchange,
                        const storage::PutWriter::Commit& commit) {
  const net::RequestHead& head = call.head();
  std::string out = exchange.is_tls() ? "https://" : "http://";
  out.append(head.host).append("/");
  const bool in_host = head.path == "/";
  if (!in_host) out.append(commit.bucket).append("/");
  return out += percent_encode(commit.key, Slash::keep);
}

// An absolute http(s) URL that a Location field can hold; anything else is as good as absent.
bool is_redirect(std::string_view url) {
  const std::string lower = to_lower(url.substr(0, 8));
  const std::size_t scheme = lower.starts_with("https://")  ? 8
                             : lower.starts_with("http://") ? 7
                                                            : 0;
  if (scheme == 0 || url.size() == scheme) return false;
  if (std::string_view("/?#@:").find(url[scheme]) != std::string_view::npos) return false;
  return std::ranges::all_of(url, [](char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  });
}

std::string redirect_to(std::string_view url, const storage::PutWriter::Commit& commit,
                        std::string_view etag) {
  const std::size_t fragment = std::min(url.find('#'), url.size());
  std::string out(url.substr(0, fragment));
  out += out.contains('?') ? '&' : '?';
  out.append("bucket=").append(percent_encode(commit.bucket, Slash::encode));
  out.append("&key=").append(percent_encode(commit.key, Slash::encode));
  out.append("&etag=").append(percent_encode(quoted(etag), Slash::encode));
  return out.append(url.substr(fragment));
}

std::string post_response(std::string_view location, const storage::PutWriter::Commit& commit,
                          std::string_view etag) {
  s3::XmlWriter xml;
  xml.open("PostResponse");
  xml.element("Location", location).element("Bucket", commit.bucket).element("Key", commit.key);
  xml.element("ETag", quoted(etag));
  return xml.finish();
}

net::Task<Outcome> respond(Call& call, const s3::PostForm& form,
                           const storage::PutWriter::Commit& commit,
                           const storage::ObjectInfo& stored) {
  net::Headers headers;
  headers.add("ETag", quoted(stored.etag));
  if (stored.checksum) add_checksum(headers, *stored.checksum);
  const auto redirect = form.get("success_action_redirect") ? form.get("success_action_redirect")
                                                            : form.get("redirect");
  if (redirect && is_redirect(*redirect)) {
    headers.add("Location", redirect_to(*redirect, commit, stored.etag));
    co_await call.respond(303, std::move(headers));
    co_return Outcome{};
  }
  std::string location = location_of(call, call.exchange(), commit);
  headers.add("Location", location);
  const auto wanted = form.get("success_action_status").value_or("204");
  std::string body;
  unsigned status = wanted == "200" ? 200 : 204;
  if (wanted == "201") {
    status = 201;
    headers.add("Content-Type", "application/xml");
    body = post_response(location, commit, stored.etag);
  }
  co_await call.respond(status, std::move(headers), std::move(body));
  co_return Outcome{};
}

}  // namespace

bool is_form_upload(const net::RequestHead& head, const Address& address) {
  return head.method == "POST" && !address.bucket.empty() && address.key.empty() &&
         !head.has_query && boundary_of(head).has_value();
}

net::Task<Outcome> post_object(Call& call, FormVerifiers verifiers, const std::string& bucket) {
  const net::RequestHead& head = call.head();
  CO_TRYV(check_head_of_form(head, verifiers.request, call.now()));
  if (!head.content_length) co_return std::unexpected(ErrorCode::MissingContentLength);
  const auto boundary = *boundary_of(head);
  if (!boundary) co_return std::unexpected(failure_of(boundary.error()));

  FormReader reader(call.exchange(), *boundary);
  s3::PostForm form;
  CO_TRY(const auto filename, co_await reader.read_fields(form));
  CO_TRYV(form.name_key(filename));
  CO_TRY(const auto authenticated,
         authenticate_form(form, bucket, verifiers.policy, call.store(), call.now()));
  CO_TRYV(refuse_withdrawn(call.store(), bucket, form.get(s3::ticket_parameter), call.now()));
  CO_TRY(Plan plan, plan_post(call, authenticated, form, bucket));

  auto receive = [&](IncomingBody& body, std::vector<char>& rest) {
    return receive_file(call, reader, plan.range, body, rest);
  };
  auto store =
      [&](storage::PutWriter& writer,
          const storage::ObjectChecksum& checksum) -> std::expected<storage::ObjectInfo, Failure> {
    TRYV(check_still(call, authenticated.who, bucket, form.get(s3::ticket_parameter)));
    plan.commit.checksum = checksum;
    auto stored = writer.commit(plan.commit);
    if (!stored) return std::unexpected(failure_of(stored.error()));
    return *std::move(stored);
  };
  CO_TRY(const storage::ObjectInfo stored,
         co_await receive_body(call, plan.claims, s3::default_checksum, receive, store));
  co_return co_await respond(call, form, plan.commit, stored);
}

}  // namespace signpost::s3server
