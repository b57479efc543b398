#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace signpost::domain {

enum class FileNameError { not_utf8 };

// A name that is safe to show, to send in a header (RFC 6266) and to save under: what follows the
// last '/' or '\', without control, bidirectional and invisible characters, without spaces at
// either end, of 255 bytes at most (cut before the extension, on a code point). "", "." and ".."
// become "file"; names that Windows keeps for devices get a '_' in front.
std::expected<std::string, FileNameError> sanitize_file_name(std::string_view name);

}  // namespace signpost::domain
