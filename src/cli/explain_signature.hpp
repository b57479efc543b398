#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/explain_form.hpp"
#include "cli/finding.hpp"
#include "cli/presigned_url.hpp"
#include "sigv4/credentials.hpp"

namespace signpost::cli {

// A request as the URL describes it, each part in canonical form: what is signed.
struct SignedRequest {
  std::string method;
  std::string uri;
  std::string query;
  std::string host;
  std::vector<HeaderField> fields;  // beside Host
  std::string payload_hash;

  std::string canonical(const SignatureClaim& claim) const;
};
// Nothing where a '%' is broken.
std::optional<SignedRequest> signed_request(const PresignedUrl& url, const std::string& method,
                                            const std::vector<HeaderField>& fields);

// What the URL's signature turns out to be, to somebody who has the secret key.
struct SignatureCheck {
  bool right = false;
  // Right: the method that was signed. Else the first of those asked for.
  std::string method;
  // Not right: the step of Signature Version 4 that differs ("canonical_request",
  // "string_to_sign", "signing_key"), and why, where that is not seen in the URL's form already.
  std::string step;
  std::optional<Finding> finding;
};

struct SignatureQuestion {
  // The method that the sender uses; empty: any.
  std::string method;
  std::vector<HeaderField> fields;
  std::string store_host;  // of the endpoint that is configured; empty: none is
  std::string region;      // that is configured
};

// Tries the signature with this secret key for every method, and where it is wrong, each single
// change that is known to happen to URLs on their way. `claim` must be complete: with a date and a
// scope.
SignatureCheck check_signature(const PresignedUrl& url, const SignatureClaim& claim,
                               const sigv4::Credentials& credentials,
                               const SignatureQuestion& question);

}  // namespace signpost::cli
