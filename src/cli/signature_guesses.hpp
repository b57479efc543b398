#pragma once

#include <vector>

#include "cli/explain_signature.hpp"

namespace signpost::cli {

// A request that may be the one that was signed, and what happened where it is.
struct Guess {
  SignedRequest request;
  Finding finding;
};

// Each single thing that is known to happen to a URL between who signs and who sends it, undone.
std::vector<Guess> guesses(const PresignedUrl& url, const SignatureClaim& claim,
                           const SignedRequest& base, const sigv4::Credentials& credentials,
                           const SignatureQuestion& question);

}  // namespace signpost::cli
