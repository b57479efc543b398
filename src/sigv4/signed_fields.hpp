#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/ascii.hpp"
#include "base/field_view.hpp"

namespace signpost::sigv4 {

// The fields of a request that its signature covers, and no others: what a handler may act upon.
// Views of the request: it must live as long.
class SignedFields {
 public:
  // `signed_headers` is the list of SignedHeaders, "host;x-amz-date": lower case, sorted.
  SignedFields(std::span<const FieldView> fields, std::string_view signed_headers)
      : fields_(fields), signed_headers_(signed_headers) {}

  // Whether a field of that name (any case) is signed.
  bool covers(std::string_view name) const;
  // The value of the signed field; the first where there are several. Nothing where it is not
  // signed.
  std::optional<std::string_view> get(std::string_view name) const;
  // Calls visit(FieldView) for each signed field, in the order of the request.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const FieldView& field : fields_)
      if (covers(field.name)) visit(field);
  }

 private:
  std::span<const FieldView> fields_;
  std::string_view signed_headers_;
};

}  // namespace signpost::sigv4
