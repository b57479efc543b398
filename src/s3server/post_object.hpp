#pragma once

#include <string>

#include "net/task.hpp"
#include "s3server/call.hpp"
#include "s3server/router.hpp"
#include "sigv4/verify.hpp"
#include "sigv4/verify_post.hpp"

namespace signpost::s3server {

// Whether the request is a browser's upload form ("POST Object" of the S3 API reference): POST to a
// bucket without a query, multipart/form-data.
bool is_form_upload(const net::RequestHead& head, const Address& address);

struct FormVerifiers {
  const sigv4::Verifier& request;
  const sigv4::PostVerifier& policy;
};

// Such a request, whose authentication is in its body: the fields first, which must be what their
// signed policy allows, then the file as it comes. It is as durable as one that was PUT.
net::Task<Outcome> post_object(Call& call, FormVerifiers verifiers, const std::string& bucket);

}  // namespace signpost::s3server
