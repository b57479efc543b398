#include "cli/explain_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "sigv4/authorization_header.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4/credential_scope.hpp"

namespace signpost::cli {
namespace {

constexpr std::array<const char*, 6> required = {"X-Amz-Algorithm",     "X-Amz-Credential",
                                                 "X-Amz-Date",          "X-Amz-Expires",
                                                 "X-Amz-SignedHeaders", "X-Amz-Signature"};
constexpr const char* sign_anew = "Make a new URL.";
constexpr std::size_t signature_digits = 64;

void add(Findings& out, Cause cause, std::string evidence, std::string remedy) {
  out.push_back({cause, std::move(evidence), std::move(remedy)});
}

// Parameters that are none because something on the way changed their names.
void check_names(const PresignedUrl& url, Findings& out) {
  for (const auto& parameter : url.parameters) {
    if (parameter.name.starts_with("amp;")) {
      add(out, Cause::html_escaped,
          fmt::format("A parameter is named '{}': the URL was copied out of HTML with its &amp;.",
                      parameter.name),
          "Take the URL from where it is not HTML, or replace each &amp; with &.");
      return;
    }
  }
  for (const auto& parameter : url.parameters) {
    for (const char* own : required) {
      if (parameter.name == own || !equal_ignoring_case(parameter.name, own)) continue;
      add(out, Cause::misspelt_parameter,
          fmt::format("'{}' should be '{}': names of parameters are case-sensitive.",
                      parameter.name, own),
          "Find what changes the case of URLs on the way, and make a new URL.");
    }
  }
  for (const char* own : required) {
    const auto count = std::ranges::count(url.parameters, own, &PresignedUrl::Parameter::name);
    if (count > 1)
      add(out, Cause::repeated_parameter, fmt::format("{} stands {} times in the URL.", own, count),
          "Whatever adds parameters to URLs must not touch pre-signed ones.");
  }
}

void check_escapes(const PresignedUrl& url, Findings& out) {
  if (percent_decode(url.path) && percent_decode(url.query)) return;
  add(out, Cause::broken_escape,
      fmt::format("The {} has a '%' without two hexadecimal digits behind it.",
                  percent_decode(url.path) ? "query" : "path"),
      "The URL was cut or decoded on its way: a '%' in a key is written %25.");
}

// False where nothing more can be said.
bool check_presence(const PresignedUrl& url, Findings& out) {
  std::string missing;
  for (const char* own : required) {
    const bool there = std::ranges::any_of(
        url.parameters, [&](const auto& p) { return equal_ignoring_case(p.name, own); });
    if (there) continue;
    if (!missing.empty()) missing += ", ";
    missing += own;
  }
  if (missing.empty()) return true;
  if (url.get("AWSAccessKeyId") || url.get("Signature")) {
    add(out, Cause::signature_version_2,
        "The URL is signed with Signature Version 2 (AWSAccessKeyId, Signature), which new stores "
        "do not take.",
        "With boto3: Config(signature_version='s3v4'); with the AWS CLI: aws configure set "
        "default.s3.signature_version s3v4.");
    return false;
  }
  const bool any = std::ranges::any_of(
      url.parameters, [](const auto& p) { return is_signature_parameter(p.name); });
  if (!any) {
    add(out, Cause::no_signature, "The URL has no parameter of a signature at all.",
        "signpost presign get s3://BUCKET/KEY makes a pre-signed URL.");
    return false;
  }
  add(out, Cause::missing_parameter, "Missing: " + missing + ".",
      "The URL was cut: in a shell it stands in quotes, because & ends a command.");
  return true;
}

void check_signature(const SignatureClaim& claim, const PresignedUrl& url, Findings& out) {
  if (!url.get("X-Amz-Signature")) return;
  const std::size_t size = claim.signature.size();
  if (size < signature_digits) {
    add(out, Cause::signature_truncated,
        fmt::format("The signature has {} characters and not {}: its end is missing.", size,
                    signature_digits),
        "Copy the whole URL; long lines are cut by terminals, mails and database columns.");
  } else if (!is_lower_hex(claim.signature, signature_digits)) {
    add(out, Cause::malformed_parameter,
        "X-Amz-Signature is not 64 hexadecimal digits in lower case.", sign_anew);
  }
}

void check_expires(const PresignedUrl& url, Findings& out) {
  const auto text = url.get("X-Amz-Expires");
  if (!text) return;
  const auto expires = sigv4::parse_expires(*text);
  if (expires && expires->count() > 0) return;
  add(out, Cause::expires_out_of_range,
      fmt::format("X-Amz-Expires is '{}': it must be a whole number of seconds from 1 to {}, which "
                  "is seven days.",
                  text->substr(0, 32), limits::presigned_lifetime.count()),
      "Sign for seven days at the most, and sign again when somebody asks again.");
}

void check_values(const PresignedUrl& url, const SignatureClaim& claim, Findings& out) {
  const auto algorithm = url.get("X-Amz-Algorithm");
  if (algorithm && *algorithm != sigv4::algorithm)
    add(out, Cause::malformed_parameter,
        fmt::format("X-Amz-Algorithm is '{}'; stores take {}.", algorithm->substr(0, 64),
                    sigv4::algorithm),
        sign_anew);
  if (url.get("X-Amz-Credential") && claim.scope.empty())
    add(out, Cause::malformed_parameter,
        "X-Amz-Credential is not ACCESS-KEY-ID/YYYYMMDD/REGION/s3/aws4_request.", sign_anew);
  if (!claim.scope.empty() && claim.service != "s3")
    add(out, Cause::malformed_parameter,
        fmt::format("The credential's scope names the service '{}' and not s3.", claim.service),
        "Sign for the service s3.");
  if (url.get("X-Amz-Date") && !claim.date)
    add(out, Cause::malformed_parameter, "X-Amz-Date is no time as 20261124T040506Z.", sign_anew);
  if (claim.date && !claim.day.empty() && claim.day != claim.date->day())
    add(out, Cause::wrong_scope_date,
        fmt::format("The credential's scope is for the day {}, and X-Amz-Date is on {}.", claim.day,
                    claim.date->day()),
        "Both are taken from one reading of the clock, in UTC.");
  const bool has_list = url.get("X-Amz-SignedHeaders").has_value();
  const auto problem = sigv4::check_signed_headers(claim.signed_headers);
  if (has_list && (!problem.empty() || !claim.signs("host")))
    add(out, Cause::malformed_parameter,
        problem.empty() ? "X-Amz-SignedHeaders does not name host."
                        : fmt::format("X-Amz-SignedHeaders: {}.", problem),
        sign_anew);
}

void check_time(const SignatureClaim& claim, const Circumstances& circumstances, Findings& out) {
  const auto end = claim.ends_at();
  if (!end) return;
  const auto now = circumstances.now;
  if (claim.date->time() - now > limits::clock_skew)
    add(out, Cause::clock_skew,
        fmt::format("X-Amz-Date is {} s in the future of this machine's clock, which says {}; "
                    "stores allow {}.",
                    (claim.date->time() - now).count(), to_rfc3339(now),
                    limits::clock_skew.count()),
        "Set the clock of the machine that signs (or of this one); use NTP.");
  if (now >= *end && claim.expires->count() > 0)
    add(out, Cause::expired,
        fmt::format("The URL ended at {}, {} s ago.", to_rfc3339(*end), (now - *end).count()),
        "Make a new URL when it is needed; --expires-in says how long it is good.");
  const auto* who = circumstances.who;
  const bool ours = who != nullptr && who->credentials.access_key_id == claim.access_key_id;
  if (ours && who->ends_at && *who->ends_at <= now && now < *end)
    add(out, Cause::credentials_ended,
        fmt::format("The URL would be good until {}, but the temporary credentials that signed it "
                    "ended at {}.",
                    to_rfc3339(*end), to_rfc3339(*who->ends_at)),
        "A URL ends with the credentials that signed it: get new ones, and sign for less time.");
}

void check_token(const SignatureClaim& claim, const Circumstances& circumstances, Findings& out) {
  if (claim.has_token || claim.access_key_id.empty()) return;
  const auto* who = circumstances.who;
  const bool ours = who != nullptr && who->credentials.access_key_id == claim.access_key_id;
  const bool known = ours && !who->credentials.session_token.empty();
  if (!known && !claim.access_key_id.starts_with("ASIA")) return;
  add(out, Cause::session_token_missing,
      fmt::format(
          "The access key {} is a temporary one{}, and the URL has no X-Amz-Security-Token.",
          claim.access_key_id, known ? " with a session token" : " (they begin with ASIA)"),
      "Give the session token to whoever signs: AWS_SESSION_TOKEN.");
}

void check_fields(const SignatureClaim& claim, const Circumstances& circumstances, Findings& out) {
  for (const HeaderField& field : circumstances.fields) {
    const std::string name = to_lower(field.name);
    if (!name.starts_with("x-amz-") || claim.signs(name)) continue;
    add(out, Cause::unsigned_header,
        fmt::format("The request has the field {}, which the signature does not cover.", name),
        fmt::format("Do not send it, or sign it: signpost presign --header '{}: ...'.", name));
  }
  if (!circumstances.fields_are_known) return;
  std::string_view rest = claim.signed_headers;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const bool sent = name == "host" || std::ranges::any_of(circumstances.fields, [&](auto& f) {
                        return equal_ignoring_case(f.name, name);
                      });
    if (sent) continue;
    add(out, Cause::signed_header_missing,
        fmt::format("The signature covers the field {}, and the request does not have it.", name),
        fmt::format("Send it with exactly the value that was signed (here: --header '{}: ...').",
                    name));
  }
}

}  // namespace

bool SignatureClaim::signs(std::string_view lower_name) const {
  std::string_view rest = signed_headers;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(';'));
    if (name == lower_name) return true;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return false;
}

SignatureClaim read_claim(const PresignedUrl& url) {
  SignatureClaim out;
  const auto text = [&](const char* name) { return url.get(name).value_or(std::string_view()); };
  const std::string_view credential_text = text("X-Amz-Credential");
  if (const auto credential = sigv4::Credential::parse(credential_text)) {
    out.access_key_id = credential->access_key_id;
    out.scope = credential->scope.text();
    out.day = credential->scope.day;
    out.region = credential->scope.region;
    out.service = credential->scope.service;
  }
  out.date = sigv4::AmzDate::parse(text("X-Amz-Date"));
  if (const auto expires = sigv4::parse_expires(text("X-Amz-Expires"))) out.expires = *expires;
  out.signed_headers = text("X-Amz-SignedHeaders");
  out.signature = text("X-Amz-Signature");
  out.has_token = url.get("X-Amz-Security-Token").has_value();
  return out;
}

Findings check_form(const PresignedUrl& url, const SignatureClaim& claim,
                    const Circumstances& circumstances) {
  Findings out;
  check_names(url, out);
  if (!out.empty()) return out;  // all that follows would only repeat it
  if (!check_presence(url, out)) return out;
  check_escapes(url, out);
  check_signature(claim, url, out);
  check_expires(url, out);
  check_values(url, claim, out);
  check_token(claim, circumstances, out);
  check_time(claim, circumstances, out);
  check_fields(claim, circumstances, out);
  return out;
}

}  // namespace signpost::cli
