#pragma once

#include <expected>
#include <string>

#include "base/time.hpp"
#include "net/message.hpp"
#include "s3/post_form.hpp"
#include "s3/post_policy.hpp"
#include "s3server/authenticate.hpp"
#include "s3server/failure.hpp"
#include "sigv4/verify_post.hpp"
#include "storage/store.hpp"

namespace signpost::s3server {

// A form whose policy somebody signed, and which is what that policy allows.
struct AuthenticatedForm {
  Authenticated who;
  // The form's fields as those of a request: what a PUT of the same object would have in its head.
  net::RequestHead head;
  s3::ContentLengthRange range;  // of the file, which has not come yet
};

// A form's only authentication is its policy: InvalidArgument where the request around it is signed
// too, AccessDenied for x-amz-* header fields, which nobody signed.
Outcome check_head_of_form(const net::RequestHead& head, const sigv4::Verifier& verifier,
                           UnixSeconds now);

// AccessDenied for a form without a policy and for one that its policy does not allow; S3's error
// for a policy that is not signed right; InvalidArgument for a field that no header field can be;
// NotImplemented for what the store has not. The form must outlive what is returned.
std::expected<AuthenticatedForm, Failure> authenticate_form(const s3::PostForm& form,
                                                            const std::string& bucket,
                                                            const sigv4::PostVerifier& verifier,
                                                            const storage::Store& store,
                                                            UnixSeconds now);

}  // namespace signpost::s3server
