#include "gateway/signed_upload.hpp"

#include <array>
#include <span>
#include <vector>

#include "base/try.hpp"
#include "domain/content_type.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_url.hpp"
#include "gateway/url_life.hpp"
#include "s3/ticket.hpp"

namespace signpost::gateway {
namespace {

// A PUT that the store takes once, of that size and type alone.
std::expected<std::string, http::Problem> presigned_put(Request& request,
                                                        const domain::Caller& caller,
                                                        const domain::File& file,
                                                        const domain::UploadPlan& plan,
                                                        const domain::UrlLife& life) {
  std::vector<FieldView> fields;
  for (const auto& [name, value] : plan.signed_fields) fields.push_back({name, value});
  // What is signed of the upload follows from the file, which is made for it.
  const domain::UrlEpochs epochs =
      request.shared().catalog.find_url_epochs(&caller.principal, file);
  HolderTag holder(request.services, &caller.principal);
  TRY(const domain::Ticket ticket,
      ticket_of(request, holder,
                {.file = file, .epochs = epochs, .method = "PUT", .parameters = {}, .life = life}));
  const std::array<sigv4::QueryParameter, 1> query{{{s3::ticket_parameter, ticket}}};
  std::string url;
  request.services.store.presign_to(url, {.method = "PUT",
                                          .key = plan.key,
                                          .query = std::span(query).first(ticket.empty() ? 0 : 1),
                                          .signed_fields = fields,
                                          .date = life.date,
                                          .expires = life.expires});
  return url;
}

}  // namespace

std::expected<domain::MediaType, http::Problem> declared_type(std::optional<std::string> text) {
  auto type = domain::MediaType::parse(text.value_or(std::string(domain::octet_stream)));
  if (!type) return std::unexpected(invalid("content_type is no media type that a file can have."));
  return *std::move(type);
}

std::expected<boost::json::object, http::Problem> upload_json(Request& request,
                                                              const domain::Caller& caller,
                                                              const domain::File& file,
                                                              const domain::UploadPlan& plan,
                                                              const domain::UrlLife& life) {
  TRY(std::string url, presigned_put(request, caller, file, plan, life));
  boost::json::object headers;
  for (const auto& [name, value] : plan.client_fields) headers[name] = value;
  boost::json::object out;
  out["type"] = domain::to_text(plan.type);
  out["method"] = "PUT";
  out["url"] = std::move(url);
  out["headers"] = std::move(headers);
  out["expires_at"] = to_rfc3339(life.expires_at);
  return out;
}

std::expected<domain::UrlLife, http::Problem> upload_life(Request& request,
                                                          const domain::Caller& caller) {
  const Options& options = request.shared().options;
  domain::UrlLifeRequest wanted{
      .expires_in = options.upload_expires_in, .ends_at = caller.ends_at, .stable = false};
  return url_life(request, wanted);
}

}  // namespace signpost::gateway
