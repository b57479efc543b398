#include "cli/ask_store.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "http/http_date.hpp"
#include "net/http_client.hpp"
#include "s3/error.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t answer_bytes = 64 * 1024;
constexpr std::chrono::seconds answer_deadline{10};
// How long a store that waits for a body may take to refuse the request instead.
constexpr std::chrono::seconds refusal_deadline{3};

struct Answer {
  net::ResponseHead head;
  std::string body;
};
using Outcome = std::expected<Answer, net::ClientError>;

net::Task<Outcome> exchange(net::HttpClient& client, net::Origin origin,
                            net::ClientRequest request) {
  CO_TRY(auto under_way, co_await client.send(std::move(origin), std::move(request)));
  CO_TRY(net::ResponseHead head, co_await under_way->read_head());
  // An error document is short; of an object one byte was asked for, and no more is read.
  if (head.status < 300) co_return Answer{std::move(head), ""};
  CO_TRY(std::string body, co_await under_way->read_all(answer_bytes));
  co_return Answer{std::move(head), std::move(body)};
}

Outcome run(net::Origin origin, net::ClientRequest request) {
  net::asio::io_context context;
  net::HttpClient client(context);
  std::optional<Outcome> outcome;
  net::asio::co_spawn(context, exchange(client, std::move(origin), std::move(request)),
                      [&](const std::exception_ptr& error, Outcome result) {
                        outcome = error ? Outcome(std::unexpected(net::ClientError::unreachable))
                                        : std::move(result);
                        context.stop();
                      });
  context.run_for(2 * answer_deadline);
  return outcome ? *std::move(outcome) : std::unexpected(net::ClientError::timed_out);
}

net::ClientRequest request_of(const PresignedUrl& url, const std::string& method,
                              const std::vector<HeaderField>& fields) {
  net::ClientRequest out;
  out.method = method;
  out.target = url.path + "?" + url.query;
  out.head_deadline = answer_deadline;
  bool has_range = false;
  for (const HeaderField& field : fields) {
    if (equal_ignoring_case(field.name, "content-length")) {
      out.content_length = parse_u64(field.value).value_or(0);
      out.has_body = true;
      continue;
    }
    has_range = has_range || equal_ignoring_case(field.name, "range");
    out.headers.add(field.name, field.value);
  }
  if (method == "GET" && !has_range) out.headers.add("Range", "bytes=0-0");
  if (method != "PUT") return out;
  // A body that never comes: the store refuses the head, or waits for what will not be sent.
  out.headers.add("Expect", "100-continue");
  out.has_body = true;
  if (out.content_length == 0) out.content_length = 1;
  out.head_deadline = refusal_deadline;
  return out;
}

std::string_view words(net::ClientError error) {
  switch (error) {
    case net::ClientError::unreachable:
      return "it cannot be reached";
    case net::ClientError::timed_out:
      return "it does not answer";
    case net::ClientError::malformed:
      return "its answer is not HTTP as it should be";
    case net::ClientError::closed:
      return "it closes the connection";
  }
  std::unreachable();
}

// Statuses of a store that has taken the signature, whatever else it has to say.
bool is_past_the_signature(unsigned status) {
  return status < 300 || status == 304 || status == 412 || status == 416;
}

void take(Answer answer, StoreAnswer& out) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  out.status = answer.head.status;
  out.accepted = is_past_the_signature(answer.head.status);
  if (auto error = s3::parse_error(answer.body)) out.error = *std::move(error);
  out.region = answer.head.field("x-amz-bucket-region").value_or("");
  if (auto date = answer.head.field("Date")) out.clock = http::parse_http_date(*date, now);
}

}  // namespace

StoreAnswer ask_store(const PresignedUrl& url, const std::string& method,
                      const std::vector<HeaderField>& fields) {
  StoreAnswer out;
  out.is_probe = method != "GET" && method != "HEAD" && method != "PUT";
  out.asked = out.is_probe ? "GET" : method;
  auto origin = net::Origin::parse(url.scheme + "://" + url.authority);
  if (!origin) {
    out.failure = "the URL has no host that can be asked";
    return out;
  }
  auto outcome = run(*origin, request_of(url, out.asked, fields));
  if (outcome && method == "HEAD" && outcome->head.status >= 400) {
    // Answers to HEAD have no document; what stands in that to GET is the same but for the method.
    out.asked = "GET";
    out.is_probe = true;
    outcome = run(*std::move(origin), request_of(url, out.asked, fields));
  }
  if (outcome) {
    take(*std::move(outcome), out);
  } else if (out.asked == "PUT" && outcome.error() == net::ClientError::timed_out) {
    out.accepted = true;
  } else {
    out.failure = words(outcome.error());
  }
  return out;
}

std::optional<StoreAnswer> answer_of_document(std::string_view xml, const std::string& method) {
  auto error = s3::parse_error(xml);
  if (!error || error->code.empty()) return std::nullopt;
  StoreAnswer out;
  out.asked = method;
  out.error = *std::move(error);
  if (const auto code = s3::parse_error_code(out.error.code)) out.status = s3::info(*code).status;
  return out;
}

}  // namespace signpost::cli
