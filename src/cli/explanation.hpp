#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cli/ask_store.hpp"
#include "cli/explain_form.hpp"
#include "cli/explain_signature.hpp"
#include "cli/presigned_url.hpp"

namespace signpost::cli {

// All that `signpost explain` has to say of a URL.
struct Explanation {
  PresignedUrl url;
  SignatureClaim claim;
  UrlTarget target;
  UnixSeconds now;
  std::string method;
  std::string method_by;         // "signature", "option", "guess"
  std::string credentials_from;  // empty: none are known, or they are another key's
  std::optional<SignatureCheck> signature;
  std::optional<StoreAnswer> answer;
  Findings findings;  // the first is the cause
  std::vector<std::string> notes;
};

struct ReportOptions {
  bool show_signature = false;
};
// For a person, some lines.
std::string text_of(const Explanation& explanation, const ReportOptions& options);
// One JSON document: object, request, signature, times, store, cause, evidence, remedy, findings,
// notes.
std::string json_of(const Explanation& explanation, const ReportOptions& options);

}  // namespace signpost::cli
