#include "gateway/content.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "domain/delivery.hpp"
#include "gateway/file_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_url.hpp"
#include "gateway/store_problem.hpp"
#include "http/conditional.hpp"
#include "http/http_date.hpp"
#include "http/range.hpp"
#include "log/log.hpp"

// Delivery, both ways: a redirect to the store, or the bytes themselves.
namespace signpost::gateway {
namespace {

// By what an answer is chosen: CORS, and what says who asks.
constexpr std::string_view usual_vary = "Cookie, Authorization, Origin";

// A document from here has no rights on the page's origin, whatever is in it.
constexpr std::string_view document_policy =
    "default-src 'none'; style-src 'unsafe-inline'; sandbox";

// With what the apps are asked, too.
void add_vary(net::Headers& headers, const Request& request) {
  headers.add("Vary", usual_vary);
  const auto& forwards = request.services.shared.options.forwards;
  if (forwards.empty()) return;
  std::string vary(usual_vary);
  for (const ForwardOptions& app : forwards)
    for (const std::string& name : app.request_headers)
      if (!equal_ignoring_case(name, "Cookie") && !equal_ignoring_case(name, "Authorization"))
        vary.append(", ").append(name);
  headers.set("Vary", vary);
}

Outcome redirect(Request& request, const domain::Caller* caller, const ReadableFile& file,
                 const DeliveryWish& wish) {
  std::string_view method = request.head().method == "HEAD" ? "HEAD" : "GET";
  TRY(UrlSigner signer, UrlSigner::make(request, caller, method, wish));
  thread_local std::string url;  // in the memory of the one before
  url.clear();
  TRYV(signer.sign_to(url, file));
  net::Response response{.status = 302, .headers = {}, .body = {}};
  response.headers.add("Location", url);
  response.headers.add("Cache-Control", private_for(signer.life().max_age));
  add_vary(response.headers, request);
  return response;
}

// Every value of a list field in one, as RFC 9110 section 5.3 joins them.
std::optional<std::string> joined(const net::RequestHead& head, std::string_view name) {
  std::optional<std::string> out;
  for (const FieldView& field : head.fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (out) {
      *out += ", ";
      *out += field.value;
    } else {
      out = field.value;
    }
  }
  return out;
}

// The bytes that one request gets, decided from the catalog alone: they never change.
struct Selection {
  unsigned status = 200;
  std::uint64_t length = 0;
  std::optional<http::ByteRange> range;
};

std::expected<Selection, http::Problem> select(const Request& request, const domain::File& file) {
  const net::RequestHead& head = request.head();
  auto if_match = joined(head, "If-Match");
  auto if_none_match = joined(head, "If-None-Match");
  http::Preconditions conditions;
  conditions.if_match = if_match;
  conditions.if_none_match = if_none_match;
  conditions.if_modified_since = head.field("If-Modified-Since");
  conditions.if_unmodified_since = head.field("If-Unmodified-Since");
  conditions.if_range = head.field("If-Range");
  http::Validators current{
      .exists = true, .etag = {file.etag, false}, .last_modified = file.updated_at};

  switch (http::evaluate_preconditions(http::MethodKind::get_or_head, conditions, current,
                                       request.now)) {
    case http::PreconditionVerdict::proceed:
      break;
    case http::PreconditionVerdict::not_modified:
      return Selection{304, 0, std::nullopt};
    case http::PreconditionVerdict::precondition_failed:
      return std::unexpected(
          problem(412, "precondition_failed", "The file is not as the request supposes."));
  }
  std::uint64_t size = file.size.value_or(0);
  Selection whole{200, size, std::nullopt};
  if (head.method != "GET" || head.count("Range") != 1) return whole;
  auto asked = http::RangeRequest::parse(*head.field("Range"));
  if (!asked || !http::range_applies(conditions, current, request.now)) return whole;
  auto range = asked->resolve(size);
  if (!range)
    return std::unexpected(
        problem(416, "range_not_satisfiable", "The range lies outside of the file."));
  return Selection{206, range->length(), *range};
}

// What may be forwarded is made here; nothing of the store's own answer goes on.
net::Headers content_headers(Request& request, const domain::File& file, const DeliveryWish& wish,
                             const Selection& selection) {
  net::Headers headers;
  add_vary(headers, request);
  add_base_headers(request, headers);
  headers.add("Cache-Control", "private, no-cache");
  headers.add("ETag", http::ETag{file.etag, false}.to_string());
  headers.add("Last-Modified", http::to_http_date(file.updated_at));
  if (selection.status == 304) return headers;
  // Never a document that runs on the page's own origin (SECURITY I1).
  headers.add("Content-Type", file.content_type.is_active()
                                  ? domain::octet_stream
                                  : std::string_view(file.content_type.text()));
  headers.add("Content-Disposition",
              content_disposition(wish, file, request.shared().options.inline_types));
  headers.add("Content-Security-Policy", document_policy);
  headers.add("Accept-Ranges", "bytes");
  if (selection.range)
    headers.add("Content-Range", http::content_range(*selection.range, file.size.value_or(0)));
  return headers;
}

// Asks the store for exactly the selected bytes of exactly the completed object. Any other answer
// is a failure: bytes of doubtful framing are not passed on.
net::Task<std::expected<s3client::ObjectBody, http::Problem>> open_body(
    Request& request, const domain::File& file, const Selection& selection) {
  s3client::GetConditions conditions;
  conditions.if_match = http::ETag{file.etag, false}.to_string();
  if (selection.range)
    conditions.range = fmt::format("bytes={}-{}", selection.range->first, selection.range->last);
  auto body = co_await request.services.store.get_object(file.object.key, std::move(conditions));
  if (!body) co_return std::unexpected(store_problem(body.error(), "reading an object"));
  if (body->head.status != selection.status || body->head.content_length != selection.length) {
    log::error("the store answered {} with {} bytes, not {} with {}", body->head.status,
               body->head.content_length.value_or(0), selection.status, selection.length);
    co_return std::unexpected(
        problem(502, "store_failed", "The object store did not do what it was asked."));
  }
  co_return std::move(*body);
}

net::Task<void> pump(Request& request, s3client::ObjectBody body, std::uint64_t length) {
  std::uint64_t sent = 0;
  while (sent < length) {
    auto piece = co_await body.exchange->read_some();
    if (!piece || piece->empty() || piece->size() > length - sent) {
      log::warn("the store's answer broke off after {} of {} bytes", sent, length);
      request.exchange.abort();
      co_return;
    }
    co_await request.exchange.write(*piece);
    sent += piece->size();
  }
  // Reads the end of the answer, so that the connection can serve again.
  static_cast<void>(co_await body.exchange->read_some());
}

net::Response range_refusal(const Request& request, const http::Problem& refusal,
                            std::uint64_t size) {
  net::Response response = to_response(refusal);
  response.headers.set("Cache-Control", "private, no-cache");
  add_vary(response.headers, request);
  response.headers.add("Content-Range", http::content_range_unsatisfied(size));
  return response;
}

net::Task<Outcome> proxy(Request& request, const domain::File& file, const DeliveryWish& wish) {
  auto selection = select(request, file);
  if (!selection && selection.error().status == 416)
    co_return range_refusal(request, selection.error(), file.size.value_or(0));
  if (!selection) co_return std::unexpected(std::move(selection).error());
  net::Headers headers = content_headers(request, file, wish, *selection);
  if (selection->status == 304 || request.head().method == "HEAD") {
    co_await request.exchange.start(selection->status, headers, selection->length);
    co_return Sent{};
  }
  CO_TRY(s3client::ObjectBody body, co_await open_body(request, file, *selection));
  co_await request.exchange.start(selection->status, headers, selection->length);
  co_await pump(request, std::move(body), selection->length);
  co_return Sent{};
}

// How the bytes are to go, and what the request wishes about them.
struct Way {
  domain::Delivery delivery;
  DeliveryWish wish;
};

std::expected<Way, http::Problem> choose_way(Request& request) {
  auto delivery =
      domain::choose_delivery(request.shared().options.delivery, request.query.get("delivery"));
  if (!delivery) return std::unexpected(to_problem(delivery.error()));
  TRY(DeliveryWish wish, delivery_wish(request.query));
  return Way{*delivery, std::move(wish)};
}

}  // namespace

net::Task<Outcome> get_content(Request& request, const domain::Caller* caller) {
  auto file = find_ready_file_at_once(request, caller);
  if (!file) file = co_await find_ready_file(request, caller);
  if (!*file) co_return std::unexpected(std::move(*file).error());
  CO_TRY(Way way, choose_way(request));
  if (way.delivery == domain::Delivery::redirect)
    co_return redirect(request, caller, **file, way.wish);
  co_return co_await proxy(request, *(*file)->row, way.wish);
}

net::Task<Outcome> deliver(Request& request, const domain::Caller* caller,
                           const ReadableFile& file) {
  CO_TRY(Way way, choose_way(request));
  if (way.delivery == domain::Delivery::redirect)
    co_return redirect(request, caller, file, way.wish);
  co_return co_await proxy(request, *file.row, way.wish);
}

}  // namespace signpost::gateway
