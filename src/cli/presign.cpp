#include "cli/presign.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "cli/presign_order.hpp"
#include "cli/presign_post.hpp"
#include "http/field_parameters.hpp"

namespace signpost::cli {
namespace {

struct Options {
  SigningOptions signing;
  std::string url;
  std::string expires_in = "3m";
  std::vector<std::string> headers;
  std::vector<std::string> query;
  bool batch = false;
  bool json = false;
};

constexpr const char* examples =
    "Examples:\n"
    "  signpost presign get s3://photos/2026/beach.jpg\n"
    "      a URL that anyone may fetch the object with for three minutes\n"
    "  signpost presign get 's3://photos/a b+c.jpg' --expires-in 1h \\\n"
    "      --query 'response-content-disposition=attachment; filename=\"holiday.jpg\"'\n"
    "      the key is taken literally: write blanks and signs as they are, encode nothing\n"
    "  signpost presign put s3://photos/new.jpg --header 'Content-Type: image/jpeg' \\\n"
    "      --header 'Content-Length: 48213' --header 'If-None-Match: *'\n"
    "      one upload of that type and size; the sender must send exactly these fields\n"
    "  signpost presign get s3://photos --query list-type=2 --query prefix=2026/\n"
    "      a listing: without a key the URL is the bucket's\n"
    "  signpost presign get --batch --endpoint http://127.0.0.1:9000 < urls > signed\n"
    "      one s3:// URL a line in, one pre-signed URL a line out\n\n"
    "Nothing is asked of the store. Credentials are found as AWS tools find them: "
    "AWS_ACCESS_KEY_ID\n"
    "and AWS_SECRET_ACCESS_KEY, a profile, a container, the instance. A URL ends with temporary\n"
    "credentials, whatever --expires-in says. 7d is the most that S3 takes.\n"
    "`signpost explain URL` takes a URL apart again.";

FieldView parse_field(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = trim(text.substr(std::min(colon + 1, text.size())));
  const bool clean = std::ranges::none_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (colon == text.size() || !http::is_token(name) || !clean) {
    throw UsageError(fmt::format("--header '{}': write 'Name: value'", text));
  }
  if (equal_ignoring_case(name, "host")) {
    throw UsageError("--header Host: the host comes from --endpoint, and is always signed");
  }
  return {name, value};
}

sigv4::QueryParameter parse_parameter(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const sigv4::QueryParameter out{text.substr(0, equals),
                                  text.substr(std::min(equals + 1, text.size()))};
  if (out.name.empty()) throw UsageError(fmt::format("--query '{}': write 'name=value'", text));
  for (const char* own : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                          "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"}) {
    if (equal_ignoring_case(out.name, own)) {
      throw UsageError(
          fmt::format("--query {} is a parameter of the signature's own, made here", own));
    }
  }
  return out;
}

PresignOrder order_of(const std::string& method, const Options& options) {
  PresignOrder order{.method = method, .expires = parse_life(options.expires_in)};
  order.json = options.json;
  for (const std::string& text : options.headers) {
    const FieldView field = parse_field(text);
    for (const FieldView& other : order.fields) {
      if (equal_ignoring_case(other.name, field.name)) {
        throw UsageError(fmt::format("--header {}: given twice", field.name));
      }
    }
    order.fields.push_back(field);
  }
  for (const std::string& text : options.query) order.query.push_back(parse_parameter(text));
  return order;
}

std::string json_of(const PresignOrder& order, const std::string& url, UnixSeconds end) {
  boost::json::object headers;
  for (const FieldView& field : order.fields) headers[field.name] = field.value;
  const boost::json::object document{{"url", url},
                                     {"method", order.method},
                                     {"headers", std::move(headers)},
                                     {"expires_at", to_rfc3339(end)}};
  return boost::json::serialize(document);
}

Exit presign_one(const Signing& signing, const PresignOrder& order, const S3Url& target) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const sigv4::Presigner presigner(signing.who.credentials, signing.region,
                                   signing.endpoint_for(target.bucket));
  const std::string url = presigner.presign({.method = order.method,
                                             .bucket = target.bucket,
                                             .key = target.key,
                                             .query = order.query,
                                             .signed_fields = order.fields,
                                             .date = sigv4::AmzDate(now),
                                             .expires = order.expires});
  const UnixSeconds end = now + order.expires;
  const UnixSeconds true_end = std::min(end, signing.who.ends_at.value_or(end));
  warn_of_end(signing.who, end);
  write_out((order.json ? json_of(order, url, true_end) : url) + "\n");
  return Exit::done;
}

Exit presign(const std::string& method, const Options& options) {
  const PresignOrder order = order_of(method, options);
  if (options.batch) {
    if (!options.url.empty()) throw UsageError("--batch reads the s3:// URLs from standard input");
    return presign_batch(resolve_signing(options.signing), order);
  }
  const auto target = parse_s3_url(options.url);
  if (!target) {
    throw UsageError(
        fmt::format("'{}' is no s3://BUCKET/KEY. Example: signpost presign get "
                    "s3://photos/2026/beach.jpg",
                    options.url));
  }
  return presign_one(resolve_signing(options.signing), order, *target);
}

void add_method(CLI::App& parent, Run& run, const char* name, std::string method,
                const char* text) {
  CLI::App* command = parent.add_subcommand(name, text);
  auto options = std::make_shared<Options>();
  command
      ->add_option("url", options->url,
                   "the object: everything behind the bucket's slash is "
                   "its key, as it stands")
      ->type_name("s3://BUCKET/KEY");
  command->add_option("--expires-in", options->expires_in, "how long it is good: 90s, 3m, 12h, 7d")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--header", options->headers, "field that the sender must send; repeatable")
      ->type_name("'N: V'")
      ->allow_extra_args(false);
  command->add_option("--query", options->query, "parameter of the URL; repeatable")
      ->type_name("'N=V'")
      ->allow_extra_args(false);
  add_signing_options(*command, options->signing);
  command->add_flag("--batch", options->batch,
                    "one s3:// URL a line from standard input, one URL a line out");
  command->add_flag("--json", options->json, "one JSON document: url, method, headers, expires_at");
  command->footer(examples);
  command->callback([&run, options, method = std::move(method)] {
    run = [options, method] { return presign(method, *options); };
  });
}

}  // namespace

void add_presign(CLI::App& program, Run& run) {
  CLI::App* command =
      program.add_subcommand("presign", "Make pre-signed URLs, offline, for any S3 store");
  command->require_subcommand(1);
  command->footer(examples);
  add_method(*command, run, "get", "GET", "A URL to download an object");
  add_method(*command, run, "put", "PUT", "A URL to upload an object");
  add_method(*command, run, "head", "HEAD", "A URL to ask for an object's fields");
  add_method(*command, run, "delete", "DELETE", "A URL to delete an object");
  add_presign_post(*command, run);
}

}  // namespace signpost::cli
