#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sigv4/credentials.hpp"

namespace signpost::app {

// The value of an environment variable; nothing where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

// As AWS tools find them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the
// profile AWS_PROFILE (default "default") of AWS_SHARED_CREDENTIALS_FILE
// (default ~/.aws/credentials). Nothing where there are none.
std::optional<sigv4::Credentials> find_aws_credentials(const Environment& environment);

// That profile of a credentials file's text.
std::optional<sigv4::Credentials> parse_aws_profile(std::string_view text,
                                                    std::string_view profile);

}  // namespace signpost::app
