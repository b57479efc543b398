#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/ascii.hpp"
#include "cli/ask_store.hpp"

namespace signpost::cli {
namespace {

struct Refused {
  const StoreAnswer& answer;
  const PresignedUrl& url;
  const SignatureClaim& claim;
  const std::vector<HeaderField>& fields;
  const std::optional<SignatureCheck>& signature;

  std::string_view detail(std::string_view name) const {
    for (const auto& [n, value] : answer.error.details)
      if (n == name) return value;
    return {};
  }
  std::string says() const {
    return fmt::format("The store answers {} {}: {}", answer.status.value_or(0), answer.error.code,
                       answer.error.message);
  }
  bool is(std::string_view code) const { return answer.error.code == code; }
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The names of the parameters that stand in one canonical query and not, with that value, in the
// other. Never the values: a session token is one.
std::string differing_names(std::string_view a, std::string_view b) {
  const auto pairs_of = [](std::string_view query) {
    std::set<std::string_view> pairs;
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(pair.size() + 1, query.size()));
      pairs.insert(pair);
    }
    return pairs;
  };
  std::vector<std::string_view> different;
  std::ranges::set_symmetric_difference(pairs_of(a), pairs_of(b), std::back_inserter(different));
  std::set<std::string_view> names;
  for (std::string_view pair : different) names.insert(pair.substr(0, pair.find('=')));
  return fmt::format("{}", fmt::join(names, ", "));
}

// The first line in which what the store read differs from what the URL says.
std::optional<Finding> difference(const std::vector<std::string_view>& store,
                                  const std::vector<std::string_view>& ours) {
  const std::size_t count = std::min(store.size(), ours.size());
  std::size_t i = 0;
  while (i < count && store[i] == ours[i]) ++i;
  if (i == count) return std::nullopt;
  const std::string both =
      fmt::format("'{}', and the URL says '{}'", store[i].substr(0, 300), ours[i].substr(0, 300));
  if (i == 1)
    return Finding{Cause::key_encoding, fmt::format("The store read the path {}.", both),
                   "Something before the store rewrites paths: let it pass them on unchanged."};
  if (i == 2)
    return Finding{Cause::parameter_changed,
                   fmt::format("The store read another query than the URL's; what differs: {}.",
                               differing_names(store[i], ours[i])),
                   "Something before the store rewrites queries: let it pass them on unchanged."};
  if (store[i].starts_with("host:"))
    return Finding{Cause::wrong_host, fmt::format("The store read {}.", both),
                   "A proxy before the store changes Host: let it pass it on, or sign for the host "
                   "that the store sees."};
  return Finding{Cause::signed_header_missing,
                 fmt::format("The store read another value of the signed field {} than is given "
                             "here.",
                             store[i].substr(0, store[i].find(':'))),
                 "Send each signed field with the value that was signed."};
}

std::optional<Finding> signature_finding(const Refused& refused) {
  const auto request = signed_request(refused.url, refused.answer.asked, refused.fields);
  const std::string ours = request ? request->canonical(refused.claim) : std::string();
  const std::string_view theirs = refused.detail("CanonicalRequest");
  if (!theirs.empty()) {
    if (auto found = difference(lines_of(theirs), lines_of(ours))) return found;
  }
  const auto& signature = refused.signature;
  // Of a probe nothing more could be expected.
  if (refused.answer.is_probe) return signature ? signature->finding : std::nullopt;
  if (signature && signature->finding) return signature->finding;
  const std::string same = theirs.empty() ? "" : " It read the same request as stands in the URL.";
  if (signature && signature->right)
    return Finding{Cause::wrong_secret_key,
                   fmt::format("The signature is right for the secret key that is known here, and "
                               "the store holds another one for {}.{}",
                               refused.claim.access_key_id, same),
                   "Give both the same secret key; a rotated key must be replaced wherever it "
                   "signs."};
  return Finding{Cause::wrong_secret_key,
                 fmt::format("{}.{} So it was signed with another secret key, or for another "
                             "method than {}.",
                             refused.says(), same, refused.answer.asked),
                 "Give this command the credentials that sign (AWS_ACCESS_KEY_ID, --profile), and "
                 "it tells which."};
}

Finding access_denied(const Refused& refused) {
  const std::string& message = refused.answer.error.message;
  if (const auto names = refused.detail("HeadersNotSigned"); !names.empty())
    return {Cause::unsigned_header,
            fmt::format("The store answers that these fields came and are not signed: {}.", names),
            "Do not send them, or sign them: signpost presign --header 'NAME: VALUE'."};
  if (message.contains("signature covers the header"))
    return {Cause::signed_header_missing, refused.says(),
            "Send every field that X-Amz-SignedHeaders names, with the value that was signed."};
  if (message.contains("expired") || !refused.detail("Expires").empty())
    return {Cause::expired,
            fmt::format("The store says that it ended at {}; its clock says {}.",
                        refused.detail("Expires"), refused.detail("ServerTime")),
            "Make a new URL when it is needed; --expires-in says how long it is good."};
  if (message.contains("not valid yet") || message.contains("not yet valid"))
    return {Cause::clock_skew,
            fmt::format("X-Amz-Date is in the future of the store's clock, which says {}.",
                        refused.detail("ServerTime")),
            "Set the clock of the machine that signs; use NTP."};
  return {Cause::not_allowed, refused.says() + ". The signature is not what it minds.",
          "Give the owner of the access key the right to do this with this object."};
}

std::optional<Finding> parameters_finding(const Refused& refused) {
  if (const auto region = refused.detail("Region"); !region.empty())
    return Finding{Cause::wrong_region,
                   fmt::format("The URL is signed for the region {}, and the store is {}.",
                               refused.claim.region, region),
                   fmt::format("Sign with --region {}.", region)};
  return Finding{Cause::malformed_parameter, refused.says(), "Make a new URL."};
}

Finding not_found(const Refused& refused) {
  const std::string host = refused.url.host();
  const bool has_label = !is_digit(host.front()) && host.front() != '[' && host.contains('.');
  if (refused.is("NoSuchBucket") && has_label)
    return {
        Cause::bucket_style,
        fmt::format("{}. It took '{}' for the bucket; where '{}' is meant, the URL has the "
                    "bucket in front of the host, and the store looks for it in the path.",
                    refused.says(), refused.detail("BucketName"), host.substr(0, host.find('.'))),
        "Sign with --path-style, or give the store its base domain (--domain)."};
  return {Cause::not_found, refused.says() + ". The signature is right.",
          "Look at the bucket's and the key's name, which is taken literally."};
}

}  // namespace

std::optional<Finding> finding_of(const StoreAnswer& answer, const PresignedUrl& url,
                                  const SignatureClaim& claim,
                                  const std::vector<HeaderField>& fields,
                                  const std::optional<SignatureCheck>& signature) {
  if (answer.accepted && answer.is_probe)
    return Finding{
        Cause::wrong_method,
        fmt::format("The URL is signed for {}: the store takes it with that method.", answer.asked),
        "Sign for the method that is sent: signpost presign METHOD."};
  if (answer.accepted) return std::nullopt;
  if (!answer.failure.empty())
    return Finding{
        Cause::unreachable,
        fmt::format("The store at {}://{}: {}.", url.scheme, url.authority, answer.failure),
        "Look at the host and port of the URL, and whether the store runs."};
  const Refused refused{answer, url, claim, fields, signature};
  if (refused.is("SignatureDoesNotMatch")) return signature_finding(refused);
  if (refused.is("AccessDenied")) return access_denied(refused);
  if (refused.is("RequestTimeTooSkewed"))
    return Finding{Cause::clock_skew, refused.says(), "Set the clocks; use NTP."};
  if (refused.is("AuthorizationQueryParametersError") || refused.is("AuthorizationHeaderMalformed"))
    return parameters_finding(refused);
  if (refused.is("PermanentRedirect") || !answer.region.empty())
    return Finding{Cause::wrong_region,
                   fmt::format("{}. The bucket is in the region {}.", refused.says(),
                               answer.region.empty() ? "of that endpoint" : answer.region),
                   "Sign for that region and its host."};
  if (refused.is("InvalidAccessKeyId"))
    return Finding{Cause::unknown_access_key,
                   fmt::format("The store knows no access key {}.", claim.access_key_id),
                   "Was it revoked, or is it another store's? Sign with one that this store has."};
  if (refused.is("ExpiredToken"))
    return Finding{Cause::credentials_ended, refused.says(),
                   "A URL ends with the temporary credentials that signed it: get new ones."};
  if (refused.is("InvalidToken"))
    return Finding{Cause::session_token_refused, refused.says(),
                   "The session token belongs to another access key or store, or is not whole."};
  if (refused.is("NoSuchKey") || refused.is("NoSuchBucket")) return not_found(refused);
  return Finding{Cause::refused, refused.says(), "The store's documentation tells of this code."};
}

}  // namespace signpost::cli
