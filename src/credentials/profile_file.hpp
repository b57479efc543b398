#pragma once

#include <map>
#include <string>
#include <string_view>

namespace signpost::credentials {

// One section of an AWS configuration file: names in lower case, and settings nested below another
// one as "s3.addressing_style".
using Section = std::map<std::string, std::string, std::less<>>;

// Sections by what stands between their brackets, quotes removed: "default", "profile work".
using ProfileFile = std::map<std::string, Section, std::less<>>;

// The text of ~/.aws/config or ~/.aws/credentials (AWS SDKs and Tools Reference Guide, "Format of
// the shared config files"). Lines that say nothing are passed over, as AWS tools do; of a section
// or name that comes twice the last one counts.
ProfileFile parse_profile_file(std::string_view text);

}  // namespace signpost::credentials
