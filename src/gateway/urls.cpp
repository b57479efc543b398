// URLs as JSON: one, or many at once.
#include <boost/json/serialize.hpp>

#include "base/try.hpp"
#include "gateway/file_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_url.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t most_ids = 1000;
constexpr std::size_t longest_id = 128;
constexpr std::size_t longest_word = 16;

// "GET" or "HEAD".
std::expected<std::string_view, http::Problem> method_of(std::optional<std::string_view> text) {
  if (!text || *text == "get") return "GET";
  if (*text == "head") return "HEAD";
  return std::unexpected(invalid("method is neither get nor head."));
}

struct Batch {
  std::vector<std::string> ids;
  std::string_view method;
  DeliveryWish wish;
};

std::expected<Batch, http::Problem> read_batch(JsonFields fields) {
  Batch batch;
  batch.ids = fields.required_texts("ids", most_ids, longest_id);
  batch.wish.expires_in = fields.duration("expires_in");
  auto method = fields.text("method", longest_word);
  auto disposition = fields.text("disposition", longest_word);
  TRYV(fields.finish());
  TRY(batch.method, method_of(method));
  TRY(batch.wish.disposition, disposition_word(disposition));
  return batch;
}

}  // namespace

Outcome signed_url_answer(Request& request, const domain::Caller* caller,
                          const ReadableFile& file) {
  TRYV(only_parameters(request.query, {"expires_in", "method", "disposition", "filename"}));
  TRY(std::string_view method, method_of(request.query.get("method")));
  TRY(DeliveryWish wish, delivery_wish(request.query));
  TRY(SignedUrl url, sign_url(request, caller, file, method, wish));
  boost::json::object body;
  body["url"] = url.url;
  body["method"] = method;
  body["expires_at"] = to_rfc3339(url.life.expires_at);
  return json_response(boost::json::serialize(body));
}

net::Task<Outcome> get_url(Request& request, const domain::Caller* caller) {
  CO_TRY(ReadableFile file, co_await find_ready_file(request, caller));
  co_return signed_url_answer(request, caller, file);
}

net::Task<Outcome> create_urls(Request& request, const domain::Caller& caller) {
  CO_TRY(JsonFields fields, co_await read_json(request.exchange));
  CO_TRY(Batch batch, read_batch(std::move(fields)));
  auto files = co_await find_ready_files(request, caller, batch.ids);
  // Written as it goes: as a tree of values, a thousand URLs cost more than to sign them.
  std::string body = R"({"urls":[)";
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i > 0) body += ',';
    body.append(R"({"id":)").append(http::json_quote(batch.ids[i]));
    if (files[i]) {
      CO_TRY(SignedUrl url, sign_url(request, &caller, *files[i], batch.method, batch.wish));
      body.append(R"(,"url":)").append(http::json_quote(url.url));
      body.append(R"(,"expires_at":")").append(to_rfc3339(url.life.expires_at)).append("\"}");
    } else {
      body.append(R"(,"error":)").append(http::json_quote(files[i].error().code)).append("}");
    }
  }
  body += "]}";
  co_return json_response(std::move(body));
}

}  // namespace signpost::gateway
