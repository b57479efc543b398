#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "credentials/timed.hpp"
#include "sigv4/endpoint.hpp"

namespace CLI {
class App;
}

namespace signpost::cli {

// The options that say who signs, and for which store.
struct SigningOptions {
  std::string profile;   // empty: as AWS tools choose
  std::string region;    // the same
  std::string endpoint;  // the same; else Amazon's
  bool path_style = false;
  bool virtual_host = false;
};
void add_signing_options(CLI::App& command, SigningOptions& options);

// "s3://photos/a/b c": the key is everything behind the bucket's slash, as it stands.
struct S3Url {
  std::string_view bucket;
  std::string_view key;  // empty: the bucket itself
};
// Nothing where it does not begin with s3:// or names no bucket. Views of `text`.
std::optional<S3Url> parse_s3_url(std::string_view text);

// Who signs, for which store.
struct Signing {
  credentials::Timed who;
  std::string region;
  std::string endpoint;
  // As AWS tools do it: Amazon's own hosts have the bucket in front, other stores in the path.
  bool bucket_in_host = false;

  // For that bucket: one whose name is no single label of a host stands in the path.
  sigv4::Endpoint endpoint_for(std::string_view bucket) const;
};

// Reads environment and AWS files; may ask for credentials over the network where the machine has
// no others. UsageError where an option is wrong; std::runtime_error where there are no
// credentials, with what to do.
Signing resolve_signing(const SigningOptions& options);
// The credentials alone.
credentials::Timed resolve_credentials(const std::string& profile);

// The value of --expires-in: UsageError but from 1 s to 7 days, what S3 takes.
std::chrono::seconds parse_life(const std::string& text);
// Says on standard error where the credentials end before what is signed with them.
void warn_of_end(const credentials::Timed& who, UnixSeconds end);

}  // namespace signpost::cli
