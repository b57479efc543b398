#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/field_view.hpp"
#include "cli/outcome.hpp"
#include "cli/signing.hpp"
#include "sigv4/presign.hpp"

namespace signpost::cli {

// What `signpost presign METHOD` was given, checked; the views are of the options' texts.
struct PresignOrder {
  std::string method;  // "GET"
  std::chrono::seconds expires{180};
  std::vector<sigv4::QueryParameter> query;
  std::vector<FieldView> fields;
  bool json = false;
};

// One s3:// URL a line from standard input, one pre-signed URL a line to standard output, as they
// come; with --json, one document. A line that is no s3:// URL ends it with Exit::failed after the
// URLs before it.
Exit presign_batch(const Signing& signing, const PresignOrder& order);

}  // namespace signpost::cli
