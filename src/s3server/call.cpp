#include "s3server/call.hpp"

#include "base/ascii.hpp"
#include "s3/error_xml.hpp"

namespace signpost::s3server {

void Call::add_to_every_answer(const net::Headers& headers) {
  for (const auto& [name, value] : headers.all()) always_.add(name, value);
}

net::Headers Call::complete(net::Headers headers) const {
  headers.add("x-amz-request-id", request_id_);
  for (const auto& [name, value] : always_.all()) headers.add(name, value);
  return headers;
}

net::Task<void> Call::respond(unsigned status, net::Headers headers, std::string body) {
  status_ = status;
  net::Response response{status, complete(std::move(headers)), std::move(body)};
  co_await exchange_.respond(std::move(response));
}

net::Task<void> Call::respond_xml(std::string document) {
  net::Headers headers;
  headers.add("Content-Type", "application/xml");
  co_await respond(200, std::move(headers), std::move(document));
}

net::Task<void> Call::start(unsigned status, net::Headers headers, std::uint64_t content_length) {
  status_ = status;
  net::Headers all = complete(std::move(headers));
  co_await exchange_.start(status, all, content_length);
}

net::Task<void> Call::fail(Failure failure) {
  net::Headers headers = std::move(failure.headers);
  headers.add("Content-Type", "application/xml");
  std::string body = s3::write_error(failure.error, resource_, request_id_);
  unsigned status = s3::info(failure.error.code).status;
  co_await respond(status, std::move(headers), std::move(body));
}

std::optional<std::string> joined_field(const net::RequestHead& head, std::string_view name) {
  std::optional<std::string> out;
  for (const auto& field : head.fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (out) {
      out->append(", ").append(field.value);
    } else {
      out = std::string(field.value);
    }
  }
  return out;
}

}  // namespace signpost::s3server
