// URLs as JSON: one, or many at once.
#include <boost/json/serialize.hpp>
#include <optional>
#include <span>

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
constexpr std::size_t usual_entry_bytes = 1024;  // of one URL in the answer

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

// Written as it goes: as a tree of values, a thousand URLs cost more than to sign them.
Outcome batch_answer(Request& request, const domain::Caller& caller, const Batch& batch,
                     std::span<const FoundReadable> files) {
  std::string body;
  body.reserve(files.size() * usual_entry_bytes);
  body += R"({"urls":[)";
  std::optional<UrlSigner> signer;  // where there is something to sign
  std::string end;                  // of an entry that has a URL
  for (std::size_t i = 0; i < files.size(); ++i) {
    body += i > 0 ? R"(,{"id":)" : R"({"id":)";
    http::json_quote_to(body, batch.ids[i]);
    if (files[i]) {
      if (!signer) {
        TRY(UrlSigner made, UrlSigner::make(request, &caller, batch.method, batch.wish));
        signer.emplace(std::move(made));
        end = R"(","expires_at":")" + to_rfc3339(signer->life().expires_at) + "\"}";
      }
      body += R"(,"url":")";
      TRYV(signer->sign_to(body, *files[i]));
      body += end;
    } else {
      body += R"(,"error":)";
      http::json_quote_to(body, files[i].error().code);
      body += '}';
    }
  }
  body += "]}";
  return json_response(std::move(body));
}

}  // namespace

Outcome signed_url_answer(Request& request, const domain::Caller* caller,
                          const ReadableFile& file) {
  TRYV(only_parameters(request.query, {"expires_in", "method", "disposition", "filename"}));
  TRY(std::string_view method, method_of(request.query.get("method")));
  TRY(DeliveryWish wish, delivery_wish(request.query));
  TRY(UrlSigner signer, UrlSigner::make(request, caller, method, wish));
  std::string url;
  TRYV(signer.sign_to(url, file));
  boost::json::object body;
  body["url"] = std::move(url);
  body["method"] = method;
  body["expires_at"] = to_rfc3339(signer.life().expires_at);
  return json_response(boost::json::serialize(body));
}

net::Task<Outcome> get_url(Request& request, const domain::Caller* caller) {
  CO_TRY(ReadableFile file, co_await find_ready_file(request, caller));
  co_return signed_url_answer(request, caller, file);
}

net::Task<Outcome> create_urls(Request& request, const domain::Caller& caller) {
  CO_TRY(JsonFields fields, co_await read_json(request));
  CO_TRY(Batch batch, read_batch(std::move(fields)));
  auto files = co_await find_ready_files(request, caller, batch.ids);
  co_return batch_answer(request, caller, batch, files);
}

}  // namespace signpost::gateway
