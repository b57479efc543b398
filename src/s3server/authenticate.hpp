#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field_view.hpp"
#include "base/time.hpp"
#include "net/message.hpp"
#include "s3/post_form.hpp"
#include "s3server/failure.hpp"
#include "s3server/hoisted_fields.hpp"
#include "sigv4/aws_chunked.hpp"
#include "sigv4/verify.hpp"
#include "sigv4/verify_post.hpp"
#include "storage/store.hpp"

namespace signpost::s3server {

struct AuthenticatedForm;

// A request that its signer signed, and who that is. Only authenticate() and authenticate_form()
// make one, and no operation runs without it.
class Authenticated {
 public:
  // No copies: what fields() shows may be this object's own.
  Authenticated(Authenticated&&) = default;
  Authenticated& operator=(Authenticated&&) = default;
  // The owner that the access key belongs to.
  const std::string& owner() const { return key_->owner; }
  // What the key is good for beside: one bucket or all of its owner's; reading alone.
  bool may_use(std::string_view bucket) const { return !key_->bucket || *key_->bucket == bucket; }
  bool may_write() const { return !key_->read_only; }
  const std::string& access_key_id() const { return key_->id; }
  // UNSIGNED-PAYLOAD for a form.
  sigv4::PayloadHash payload() const {
    return verified_ ? verified_->payload() : sigv4::PayloadHash();
  }
  // How the body is framed, where payload().is_streaming().
  std::expected<sigv4::ChunkedBody, sigv4::ChunkedError> chunked_body() const {
    return sigv4::ChunkedBody::of(*verified_, fields());
  }
  // The fields that the signature covers, be it in the head or in the query, or the form's policy:
  // the only way to those named x-amz-*. Views of this object and of the request.
  sigv4::SignedFields fields() const {
    return verified_ && names_.empty() ? verified_->signed_fields(all_fields_)
                                       : sigv4::SignedFields(all_fields_, names_);
  }

 private:
  friend std::expected<Authenticated, Failure> authenticate(const net::RequestHead&,
                                                            const sigv4::Verifier&,
                                                            const storage::Store&, UnixSeconds);
  friend std::expected<AuthenticatedForm, Failure> authenticate_form(const s3::PostForm&,
                                                                     const std::string&,
                                                                     const sigv4::PostVerifier&,
                                                                     const storage::Store&,
                                                                     UnixSeconds);
  Authenticated(sigv4::Verified verified, std::vector<FieldView> fields,
                std::shared_ptr<const storage::AccessKey> key)
      : verified_(std::move(verified)), all_fields_(std::move(fields)), key_(std::move(key)) {}
  Authenticated(std::string names, std::vector<FieldView> fields,
                std::shared_ptr<const storage::AccessKey> key)
      : names_(std::move(names)), all_fields_(std::move(fields)), key_(std::move(key)) {}
  // InvalidArgument for one that the head has too.
  Outcome hoist(HoistedFields hoisted);

  std::optional<sigv4::Verified> verified_;  // nothing for a form
  // What fields() has, as a list of SignedHeaders; empty where verified_ has it all.
  std::string names_;
  HoistedFields hoisted_;  // what all_fields_ shows of them; a move leaves each where it is
  std::vector<FieldView> all_fields_;
  std::shared_ptr<const storage::AccessKey> key_;
};

// AccessDenied for a request that is not signed; S3's error for one that is not signed right.
std::expected<Authenticated, Failure> authenticate(const net::RequestHead& head,
                                                   const sigv4::Verifier& verifier,
                                                   const storage::Store& store, UnixSeconds now);

// AccessDenied for a ticket that was withdrawn (s3/ticket.hpp), be it a URL's or a form's. It must
// come from what was signed.
Outcome refuse_withdrawn(const storage::Store& store, std::string_view bucket,
                         std::optional<std::string_view> ticket, UnixSeconds now);

}  // namespace signpost::s3server
