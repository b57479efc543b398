#pragma once

#include <string>
#include <string_view>

namespace signpost::http {

enum class Disposition { inline_, attachment };

// The value of Content-Disposition (RFC 6266): `attachment; filename="plan.pdf"`, and, for a name
// that is not plain ASCII, a fallback in filename= with filename*=UTF-8''... (RFC 8187) after it.
// Whatever `name` is, the value is printable ASCII and parses to exactly one name: control
// characters become '_', and so do bytes that are not UTF-8. An empty name gives the type alone.
// What a name may mean to the system that saves it is not judged here.
std::string content_disposition(Disposition disposition, std::string_view name);

}  // namespace signpost::http
