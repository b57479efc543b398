#include "s3client/call.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/error_xml.hpp"

namespace signpost::s3client {
namespace {

sigv4::Endpoint endpoint_of(const std::string& url, bool path_style) {
  auto addressing = path_style ? sigv4::Addressing::path_style : sigv4::Addressing::virtual_host;
  auto endpoint = sigv4::Endpoint::parse(url, addressing);
  if (!endpoint)
    throw std::invalid_argument("the store's endpoint '" + url +
                                "': " + std::string(to_string(endpoint.error())));
  return *std::move(endpoint);
}

net::Origin origin_of(const S3Endpoint& endpoint) {
  sigv4::Endpoint parsed = endpoint_of(endpoint.endpoint, endpoint.path_style);
  auto origin = net::Origin::parse(parsed.scheme() + "://" + parsed.host(endpoint.bucket));
  if (!origin) throw std::invalid_argument("no host in the store's endpoint " + endpoint.endpoint);
  // The Host of a pre-signed or signed request has no default port; the scheme gives it back.
  return *std::move(origin);
}

const std::string& public_url(const S3Endpoint& endpoint) {
  return endpoint.public_endpoint.empty() ? endpoint.endpoint : endpoint.public_endpoint;
}

std::string_view words(net::ClientError error) {
  switch (error) {
    case net::ClientError::unreachable:
      return "cannot be reached";
    case net::ClientError::timed_out:
      return "did not answer in time";
    case net::ClientError::malformed:
      return "gave a malformed answer";
    case net::ClientError::closed:
      return "closed the connection early";
  }
  std::unreachable();
}

}  // namespace

std::string S3Error::text() const {
  if (transport) return fmt::format("the store {}", words(*transport));
  return fmt::format("the store answered {} {} {}", status, code, message);
}

S3Client::S3Client(net::HttpClient& http, S3Endpoint endpoint, credentials::Current credentials,
                   Clock clock)
    : http_(http),
      endpoint_(std::move(endpoint)),
      origin_(origin_of(endpoint_)),
      clock_(std::move(clock)),
      credentials_(std::move(credentials)),
      signers_(make_signers()) {}

S3Client::Signers S3Client::make_signers() const {
  credentials::Snapshot snapshot = credentials_();
  const sigv4::Credentials& keys = snapshot->credentials;
  const bool path_style = endpoint_.path_style;
  return {.snapshot = snapshot,
          .header = {keys, endpoint_.region, endpoint_of(endpoint_.endpoint, path_style)},
          .presigner = {keys, endpoint_.region, endpoint_of(public_url(endpoint_), path_style)}};
}

const S3Client::Signers& S3Client::signers() {
  if (credentials_() != signers_.snapshot) signers_ = make_signers();
  return signers_;
}

std::string S3Client::public_origin() const {
  const sigv4::Endpoint& endpoint = signers_.presigner.endpoint();
  return endpoint.scheme() + "://" + endpoint.host(endpoint_.bucket);
}

S3Error transport_error(net::ClientError error) {
  S3Error result;
  result.transport = error;
  return result;
}

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::string field_or_empty(const net::ResponseHead& head, std::string_view name) {
  return std::string(head.field(name).value_or(""));
}

std::optional<std::string> optional_field(const net::ResponseHead& head, std::string_view name) {
  if (auto value = head.field(name)) return std::string(*value);
  return std::nullopt;
}

net::Task<S3Error> read_error(const net::ResponseHead& head, net::ClientExchange& exchange) {
  S3Error error;
  error.status = head.status;
  auto body = co_await exchange.read_all(limits::xml_body_bytes);
  if (!body) co_return error;  // the status is what counts
  if (auto document = s3::parse_error(*body)) {
    error.code = std::move(document->code);
    error.message = std::move(document->message);
  }
  co_return error;
}

S3Task<std::unique_ptr<net::ClientExchange>> S3Client::send(const Call& call) {
  std::vector<FieldView> signed_fields;
  for (const auto& [name, value] : call.fields) signed_fields.push_back({name, value});
  sigv4::SignedRequest signed_request = signers().header.sign({.method = call.method,
                                                               .bucket = endpoint_.bucket,
                                                               .key = call.key,
                                                               .query = call.query,
                                                               .signed_fields = signed_fields,
                                                               .payload_hash = call.payload_hash,
                                                               .date = sigv4::AmzDate(clock_())});
  net::ClientRequest request;
  request.method = call.method;
  request.target = std::move(signed_request.target);
  request.has_body = call.has_body;
  request.content_length = call.content_length;
  const bool reads = call.method == "GET" || call.method == "HEAD";
  request.head_deadline = reads ? limits::upstream_read_deadline : limits::upstream_write_deadline;
  for (auto& [name, value] : signed_request.fields) request.headers.add(name, std::move(value));
  for (const auto& [name, value] : call.fields) request.headers.add(name, value);
  auto exchange = co_await http_.send(origin_, std::move(request));
  if (!exchange) co_return std::unexpected(transport_error(exchange.error()));
  co_return *std::move(exchange);
}

S3Task<std::pair<net::ResponseHead, std::string>> S3Client::round_trip(const Call& call) {
  CO_TRY(auto exchange, co_await send(call));
  // Where the store refuses early, its answer is worth more than the failed write.
  auto written = co_await exchange->write(call.body);
  auto head = co_await exchange->read_head();
  if (!head) co_return std::unexpected(transport_error(head.error()));
  if (head->status / 100 != 2) co_return std::unexpected(co_await read_error(*head, *exchange));
  if (!written) co_return std::unexpected(transport_error(written.error()));
  auto body = co_await exchange->read_all(limits::xml_body_bytes);
  if (!body) co_return std::unexpected(transport_error(body.error()));
  co_return std::pair(*std::move(head), *std::move(body));
}

}  // namespace signpost::s3client
