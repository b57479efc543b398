#pragma once

#include <string>
#include <string_view>

namespace signpost::http {

enum class Disposition { inline_, attachment };

// The value of Content-Disposition (RFC 6266): `attachment; filename="plan.pdf"`, and, for a name
// that is not plain ASCII, a fallback in filename= with filename*=UTF-8''... (RFC 8187) after it.
// The name goes through safe_file_name() first, so that the value parses to exactly one name and
// holds no control character whatever `name` is. An empty name gives the type alone.
std::string content_disposition(Disposition disposition, std::string_view name);

// The last path segment of a name (both separators), without control, bidirectional and zero-width
// characters, without dots and spaces at the end, cut to 255 bytes at a character's edge with its
// extension kept. "file" where nothing is left, and a "_" before a device name of Windows.
// `name` is UTF-8; bytes that are not are dropped.
std::string safe_file_name(std::string_view name);

}  // namespace signpost::http
