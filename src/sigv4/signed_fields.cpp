#include "sigv4/signed_fields.hpp"

namespace signpost::sigv4 {

bool SignedFields::covers(std::string_view name) const {
  std::string_view rest = signed_headers_;
  while (!rest.empty()) {
    const auto end = rest.find(';');
    if (equal_ignoring_case(rest.substr(0, end), name)) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::optional<std::string_view> SignedFields::get(std::string_view name) const {
  if (!covers(name)) return std::nullopt;
  for (const FieldView& field : fields_)
    if (equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

}  // namespace signpost::sigv4
