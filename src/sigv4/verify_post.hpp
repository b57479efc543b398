#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/field_view.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "sigv4/rejection.hpp"
#include "sigv4/verify.hpp"

namespace signpost::sigv4 {

// A form whose policy somebody with an access key has signed. Only PostVerifier makes one. It says
// nothing yet about whether the form is what the policy allows: that is s3/post_policy.hpp's to
// check, and nobody may act upon the form before.
class VerifiedPost {
 public:
  // Whose signature it is.
  const std::string& access_key_id() const { return access_key_id_; }
  // As it came, in Base64.
  const std::string& policy() const { return policy_; }
  // When it was signed.
  UnixSeconds date() const { return date_; }
  // Temporary credentials' token, where the verifier takes them; it is the caller's to check.
  const std::optional<Secret>& session_token() const { return session_token_; }

 private:
  friend class PostVerifier;
  VerifiedPost() = default;
  std::string access_key_id_;
  std::string policy_;
  UnixSeconds date_{};
  std::optional<Secret> session_token_;
};

// Checks who signed the policy of a browser's upload form (S3 API reference, "Authenticating
// Requests: Browser-Based Uploads Using POST"): the HMAC of the policy's text as it came, with the
// key of x-amz-credential. A form without a policy is refused, never anonymous.
//
// Any thread may call verify() at any time.
class PostVerifier {
 public:
  // `find_secret` is asked once for each form whose fields are well formed.
  PostVerifier(VerifierOptions options, FindSecret find_secret);
  ~PostVerifier();
  PostVerifier(const PostVerifier&) = delete;
  PostVerifier& operator=(const PostVerifier&) = delete;

  // `fields` are the form's, without the file, their names in any case.
  std::expected<VerifiedPost, Rejection> verify(std::span<const FieldView> fields,
                                                UnixSeconds now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::sigv4
