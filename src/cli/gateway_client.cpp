#include "cli/gateway_client.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/limits.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "cli/terminal.hpp"
#include "credentials/environment.hpp"
#include "net/http_url.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t answer_bytes = 16 * 1024 * 1024;
constexpr const char* usual_server = "http://localhost:8080";

template <class T>
using Result = std::expected<T, net::ClientError>;

// One exchange, whole: what is sent, and where the answer's bytes go.
struct Errand {
  net::Origin origin;
  net::ClientRequest request;
  Source source;  // as many bytes as request.content_length
  Sink sink;      // null: they are kept, answer_bytes at most
};

net::Task<Result<void>> send_body(net::ClientExchange& exchange, const Errand& errand) {
  std::string buffer(limits::transfer_buffer_bytes, '\0');
  for (std::uint64_t left = errand.request.content_length; left > 0;) {
    const std::size_t room = std::min<std::uint64_t>(left, buffer.size());
    const std::size_t count = errand.source(std::span(buffer).first(room));
    if (count == 0) throw std::runtime_error("the file became shorter while it was sent");
    CO_TRYV(co_await exchange.write(std::span(buffer).first(count)));
    left -= count;
  }
  co_return Result<void>();
}

net::Task<Result<Answer>> run(net::HttpClient& client, const Errand& errand) {
  CO_TRY(auto exchange, co_await client.send(errand.origin, errand.request));
  // A server that refuses early does not read the rest, but says why.
  const auto sent = co_await send_body(*exchange, errand);
  auto head = co_await exchange->read_head();
  if (!head) co_return std::unexpected(sent ? head.error() : sent.error());
  Answer answer{.head = *std::move(head), .body = {}};
  const bool to_sink = errand.sink && answer.head.status >= 200 && answer.head.status < 300;
  while (true) {
    CO_TRY(const std::span<const char> piece, co_await exchange->read_some());
    if (piece.empty()) co_return answer;
    if (to_sink) {
      errand.sink(piece);
    } else {
      if (answer.body.size() + piece.size() > answer_bytes)
        co_return std::unexpected(net::ClientError::malformed);
      answer.body.append(piece.data(), piece.size());
    }
  }
}

std::string explain(const net::Origin& origin, net::ClientError error) {
  const std::string where = (origin.tls ? "https://" : "http://") + origin.authority();
  switch (error) {
    case net::ClientError::unreachable:
      return fmt::format("{} cannot be reached: is the server running, and is its address right?{}",
                         where,
                         origin.tls ? " Is its certificate one that this machine trusts?" : "");
    case net::ClientError::timed_out:
      return fmt::format("{} does not answer: try again later", where);
    case net::ClientError::malformed:
      return fmt::format("{} gives an answer that is no proper HTTP: is it a Signpost gateway?",
                         where);
    case net::ClientError::closed:
      return fmt::format("{} closed the connection too early: try again", where);
  }
  std::unreachable();
}

Answer wait_for(const Errand& errand) {
  net::asio::io_context context;
  net::HttpClient client(context);
  std::optional<Result<Answer>> outcome;
  std::exception_ptr thrown;
  net::asio::co_spawn(context, run(client, errand),
                      [&](std::exception_ptr error, Result<Answer> result) {
                        thrown = std::move(error);
                        outcome = std::move(result);
                        context.stop();  // a kept connection has a deadline to watch
                      });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  if (!outcome->has_value()) throw std::runtime_error(explain(errand.origin, outcome->error()));
  return **std::move(outcome);
}

// Gives the text; a view of it.
Source source_of(std::string_view text) {
  return [left = text](std::span<char> room) mutable {
    const std::size_t count = std::min(room.size(), left.size());
    std::copy_n(left.begin(), count, room.begin());
    left.remove_prefix(count);
    return count;
  };
}

// What to do next, by what was refused.
std::string remedy(unsigned status, std::string_view code, bool has_token) {
  if (status == 401 && code != "wrong_credentials")
    return has_token ? "; SIGNPOST_TOKEN is good no longer: make another by `signpost token create`"
                     : "; sign in by `signpost login`";
  if (code == "sign_in_needed")
    return has_token ? "; unset SIGNPOST_TOKEN and use `signpost login`" : "";
  if (code == "insufficient_scope")
    return "; make a token that has it by `signpost token create --scope`";
  if (status == 404) return " (or it is an admin's to see)";
  if (status == 421) return "; use the server's own address (its public_url)";
  return "";
}

Refused refusal_of(const Answer& answer, const std::string& server, bool has_token) {
  boost::system::error_code error;
  const json::value document = json::parse(answer.body, error);
  const json::object fields =
      !error && document.is_object() ? document.get_object() : json::object();
  const std::string code = printable(text_field(fields, "code"));
  std::string detail = printable(text_field(fields, "detail"));
  const unsigned status = answer.head.status;
  if (code.empty())
    return {status, "", fmt::format("{} answers {}: is it a Signpost gateway?", server, status)};
  while (detail.ends_with('.')) detail.pop_back();
  return {status, code,
          fmt::format("{} ({} {}){}", detail, status, code, remedy(status, code, has_token))};
}

bool is_loopback(const net::Origin& origin) {
  return origin.host == "localhost" || origin.host == "::1" || origin.host.starts_with("127.");
}

net::Origin parse_server(const std::string& server) {
  auto origin = net::Origin::parse(server);
  if (!origin)
    throw UsageError(
        fmt::format("'{}' is no server: write https://HOST or http://HOST:PORT", server));
  if (!origin->tls && !is_loopback(*origin))
    note(fmt::format("{} is not https: whoever is on the way can read what is sent", server));
  return *std::move(origin);
}

bool is_token(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::string named_server(const ClientOptions& options) {
  if (!options.server.empty()) return options.server;
  return credentials::process_environment()("SIGNPOST_SERVER").value_or("");
}

}  // namespace

void add_client_options(CLI::App& command, ClientOptions& options, const std::string& json_text) {
  command
      .add_option("--server", options.server,
                  "the gateway (SIGNPOST_SERVER, else where `signpost login` signed in)")
      ->type_name("URL");
  command.add_flag("--json", options.json, "one JSON document: " + json_text);
}

GatewayClient::GatewayClient(std::string server, std::string token, std::optional<SavedLogin> login)
    : server_(std::move(server)), origin_(parse_server(server_)), token_(std::move(token)) {
  while (server_.ends_with('/')) server_.pop_back();
  if (!is_token(token_)) throw UsageError("SIGNPOST_TOKEN is no token");
  if (login && login->server == server_) login_ = std::move(login);
}

GatewayClient::GatewayClient(const ClientOptions& options)
    : GatewayClient([&] {
        const std::string token = credentials::process_environment()("SIGNPOST_TOKEN").value_or("");
        std::string server = named_server(options);
        std::optional<SavedLogin> login;
        if (token.empty() || server.empty()) login = load_login();
        if (server.empty() && login) server = login->server;
        if (server.empty())
          throw UsageError(
              "no server is named: sign in by `signpost login --server URL`, or set "
              "SIGNPOST_SERVER");
        if (!token.empty()) login.reset();
        return GatewayClient(std::move(server), token, std::move(login));
      }()) {}

GatewayClient GatewayClient::for_login(const ClientOptions& options) {
  std::string server = named_server(options);
  auto login = load_login();
  if (server.empty()) server = login ? login->server : usual_server;
  return {std::move(server), "", std::move(login)};
}

net::ClientRequest GatewayClient::request_of(std::string_view method, std::string_view target,
                                             const std::string& body) const {
  net::ClientRequest request;
  request.method = method;
  request.target = target;
  net::Headers& headers = request.headers;
  headers.add("User-Agent", "signpost");
  headers.add("Accept", "application/json");
  if (!token_.empty()) headers.add("Authorization", "Bearer " + token_);
  if (login_) {
    headers.add("Cookie", fmt::format("{}={}", login_->cookie_name, login_->cookie.reveal()));
    headers.add("Sec-Fetch-Site", "same-origin");
  }
  if (!body.empty()) {
    headers.add("Content-Type", "application/json");
    request.has_body = true;
    request.content_length = body.size();
  }
  return request;
}

Refused GatewayClient::refusal(const Answer& answer) const {
  return refusal_of(answer, server_, has_token());
}

std::string GatewayClient::trouble(net::ClientError error) const {
  return explain(origin_, error);
}

net::Task<std::expected<Answer, net::ClientError>> GatewayClient::send(
    net::HttpClient& http, std::string_view method, std::string_view target,
    std::optional<json::object> body) const {
  const std::string text = body ? json::serialize(*body) : std::string();
  const Errand errand{.origin = origin_,
                      .request = request_of(method, target, text),
                      .source = source_of(text),
                      .sink = {}};
  co_return co_await run(http, errand);
}

Answer GatewayClient::call(std::string_view method, std::string_view target,
                           const std::optional<json::object>& body) {
  const std::string text = body ? json::serialize(*body) : std::string();
  const Errand errand{.origin = origin_,
                      .request = request_of(method, target, text),
                      .source = source_of(text),
                      .sink = {}};
  Answer answer = wait_for(errand);
  if (answer.head.status < 200 || answer.head.status > 299) throw refusal(answer);
  return answer;
}

json::object GatewayClient::document_of(const Answer& answer) const {
  boost::system::error_code error;
  json::value document = json::parse(answer.body, error);
  if (error || !document.is_object())
    throw std::runtime_error(
        fmt::format("{} gives an answer that is no JSON: is it a Signpost gateway?", server_));
  return std::move(document.get_object());
}

json::object GatewayClient::get(std::string_view target) {
  return document_of(call("GET", target));
}

json::array GatewayClient::get_list(const std::string& target) {
  json::array items;
  const char sign = target.contains('?') ? '&' : '?';
  std::string cursor;
  while (true) {
    std::string page_target = fmt::format("{}{}limit=1000", target, sign);
    if (!cursor.empty()) page_target += "&cursor=" + percent_encode(cursor, Slash::encode);
    const json::object page = get(page_target);
    const json::value* more = page.if_contains("items");
    if (!more || !more->is_array())
      throw std::runtime_error(server_ + " gives a list that is none");
    for (const json::value& item : more->get_array())
      if (item.is_object()) items.push_back(item);
    std::string next = text_field(page, "next_cursor");
    if (next.empty() || next == cursor) return items;
    cursor = std::move(next);
  }
}

bool GatewayClient::keep_session(const Answer& answer) {
  const auto field = answer.head.field("Set-Cookie");
  if (!field) return false;
  const std::string_view pair = field->substr(0, field->find(';'));
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || !is_token(pair)) return false;
  login_ = SavedLogin{.server = server_,
                      .cookie_name = std::string(pair.substr(0, equals)),
                      .cookie = Secret(pair.substr(equals + 1))};
  save_login(*login_);
  return true;
}

namespace {

Errand errand_of(const GatewayClient::Transfer& transfer) {
  auto url = net::HttpUrl::parse(transfer.url);
  if (!url) throw std::runtime_error("the server gives a URL that is none");
  Errand errand{.origin = url->origin, .request = {}, .source = {}, .sink = {}};
  errand.request.method = transfer.method;
  errand.request.target = url->target;
  for (const auto& [name, value] : transfer.headers) {
    const bool clean = is_token(name) && std::ranges::none_of(value, [](char c) {
                         return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                       });
    if (!clean) throw std::runtime_error("the server names a header field that is none");
    errand.request.headers.add(name, value);
  }
  return errand;
}

Answer finish(const Errand& errand) {
  Answer answer = wait_for(errand);
  const unsigned status = answer.head.status;
  if (status >= 200 && status <= 299) return answer;
  throw Refused(status, "",
                fmt::format("the store at {} answers {}{}", errand.origin.authority(), status,
                            status == 403 ? ": has the URL expired, or is a clock wrong?" : ""));
}

}  // namespace

Answer GatewayClient::send_to(const Transfer& transfer, std::uint64_t size, const Source& source) {
  Errand errand = errand_of(transfer);
  errand.request.has_body = true;
  errand.request.content_length = size;
  errand.source = source;
  return finish(errand);
}

Answer GatewayClient::fetch_from(const Transfer& transfer, const Sink& sink) {
  Errand errand = errand_of(transfer);
  errand.sink = sink;
  return finish(errand);
}

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool bool_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

}  // namespace signpost::cli
