#include "cli/signing.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "cli/outcome.hpp"
#include "credentials/source.hpp"

namespace signpost::cli {
namespace {

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

sigv4::Endpoint parse_endpoint(const std::string& url, sigv4::Addressing addressing) {
  auto endpoint = sigv4::Endpoint::parse(url, addressing);
  if (endpoint) return *std::move(endpoint);
  throw UsageError(fmt::format("--endpoint {}: {}; write https://HOST or http://HOST:PORT", url,
                               to_string(endpoint.error())));
}

// One label of a host, so that a certificate for *.HOST covers it.
bool is_host_label(std::string_view bucket) {
  return bucket.size() <= 63 && !bucket.starts_with('-') && !bucket.ends_with('-') &&
         std::ranges::all_of(
             bucket, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

void check_region(const std::string& region) {
  const bool proper = !region.empty() && std::ranges::all_of(region, [](char c) {
    return is_digit(c) || is_alpha(c) || c == '-' || c == '_';
  });
  if (!proper) throw UsageError(fmt::format("--region {}: write a name like eu-central-1", region));
}

std::string amazon(const std::string& region) {
  return fmt::format("https://s3.{}.amazonaws.com{}", region,
                     region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

void add_signing_options(CLI::App& command, SigningOptions& options) {
  command
      .add_option("--endpoint", options.endpoint,
                  "the store's URL (AWS_ENDPOINT_URL_S3, the profile's endpoint_url, else "
                  "Amazon S3)")
      ->type_name("URL");
  command
      .add_option("--region", options.region,
                  "region to sign for (AWS_REGION, the profile's, else us-east-1)")
      ->type_name("NAME");
  auto* path = command.add_flag("--path-style", options.path_style,
                                "the bucket in the path; the rule for every store but Amazon's");
  command.add_flag("--virtual-host", options.virtual_host, "the bucket in front of the host")
      ->excludes(path);
  command
      .add_option("--profile", options.profile,
                  "profile of ~/.aws/config and ~/.aws/credentials (AWS_PROFILE)")
      ->type_name("NAME");
}

std::optional<S3Url> parse_s3_url(std::string_view text) {
  if (!text.starts_with("s3://")) return std::nullopt;
  text.remove_prefix(5);
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (slash == 0) return std::nullopt;
  const S3Url url{text.substr(0, slash), text.substr(std::min(slash + 1, text.size()))};
  const bool proper = std::ranges::all_of(url.bucket, [](char c) {
    return is_digit(c) || is_alpha(c) || c == '-' || c == '.' || c == '_';
  });
  if (!proper) return std::nullopt;
  return url;
}

sigv4::Endpoint Signing::endpoint_for(std::string_view bucket) const {
  const bool in_host = bucket_in_host && is_host_label(bucket);
  return parse_endpoint(endpoint,
                        in_host ? sigv4::Addressing::virtual_host : sigv4::Addressing::path_style);
}

credentials::Timed resolve_credentials(const std::string& profile) {
  const auto source = credentials::find_source(credentials::process_environment(), given(profile));
  if (!source) throw std::runtime_error(source.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto found = credentials::load(*source, now);
  if (!found) throw std::runtime_error(found.error());
  return *std::move(found);
}

Signing resolve_signing(const SigningOptions& options) {
  const auto environment = credentials::process_environment();
  const auto settings = credentials::s3_settings(
      environment, credentials::load_profile(environment, given(options.profile)));
  Signing out;
  out.region = options.region.empty() ? settings.region.value_or("us-east-1") : options.region;
  check_region(out.region);
  out.endpoint = options.endpoint.empty() ? settings.endpoint_url.value_or("") : options.endpoint;
  const bool is_amazon = out.endpoint.empty();
  if (is_amazon) out.endpoint = amazon(out.region);
  out.bucket_in_host =
      !options.path_style && (options.virtual_host || (is_amazon && !settings.path_style));
  parse_endpoint(out.endpoint, sigv4::Addressing::path_style);
  out.who = resolve_credentials(options.profile);
  return out;
}

std::chrono::seconds parse_life(const std::string& text) {
  const auto life = parse_duration(text);
  if (life && life->count() >= 1 && *life <= limits::presigned_lifetime) return *life;
  throw UsageError(fmt::format("--expires-in {}: write 90s, 3m, 12h or 7d; from 1s to 7d", text));
}

void warn_of_end(const credentials::Timed& who, UnixSeconds end) {
  if (!who.ends_at || *who.ends_at >= end) return;
  fmt::print(stderr,
             "signpost: the URL ends at {}, with the temporary credentials from {}, and so before "
             "--expires-in\n",
             to_rfc3339(*who.ends_at), who.source);
}

}  // namespace signpost::cli
