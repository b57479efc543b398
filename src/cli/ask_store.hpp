#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "cli/explain_form.hpp"
#include "cli/explain_signature.hpp"
#include "cli/finding.hpp"
#include "cli/presigned_url.hpp"
#include "s3/error_xml.hpp"

namespace signpost::cli {

// What a store answered to a URL. Nothing was changed by asking: GET and HEAD are sent as they are
// (GET with a range of one byte), PUT without its body, so that the store refuses it or waits in
// vain, and in the place of every other method GET, whose answer shows all but the method.
struct StoreAnswer {
  std::string asked;      // the method that was sent
  bool is_probe = false;  // GET in the place of another
  bool accepted = false;
  std::optional<unsigned> status;    // nothing: it did not answer, or waits for a body
  s3::ErrorDocument error;           // empty where there is none
  std::optional<UnixSeconds> clock;  // its Date
  std::string region;                // of a bucket that is elsewhere (x-amz-bucket-region)
  std::string failure;               // why there is no answer
};

StoreAnswer ask_store(const PresignedUrl& url, const std::string& method,
                      const std::vector<HeaderField>& fields);

// The same from an error document that somebody got for a request with that method. Nothing where
// it is none.
std::optional<StoreAnswer> answer_of_document(std::string_view xml, const std::string& method);

// Why the store refused; nothing where it did not. `signature` is what the secret key said, where
// one is known.
std::optional<Finding> finding_of(const StoreAnswer& answer, const PresignedUrl& url,
                                  const SignatureClaim& claim,
                                  const std::vector<HeaderField>& fields,
                                  const std::optional<SignatureCheck>& signature);

}  // namespace signpost::cli
