#include "s3/post_form.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/percent.hpp"

namespace signpost::s3 {
namespace {

constexpr std::string_view filename_variable = "${filename}";

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Of the values, a document alone may have several lines.
bool is_fit(std::string_view name, std::string value) {
  if (name == "tagging")
    std::erase_if(value, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return is_utf8(value) && !has_control_character(value);
}

// Some browsers send the path on the user's disk.
std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

std::expected<void, Error> PostForm::add(std::string_view name, std::string value) {
  std::string lower = to_lower(name);
  if (lower.starts_with("x-ignore-")) return {};
  if (!is_utf8(name) || has_control_character(name) || !is_fit(lower, value))
    return std::unexpected(
        Error{ErrorCode::InvalidArgument,
              "Form fields are UTF-8 without control characters.",
              {{"ArgumentName", is_utf8(name) ? lower.substr(0, 128) : std::string()}}});
  if (get(lower))
    return std::unexpected(Error{ErrorCode::MalformedPOSTRequest,
                                 "The form field '" + lower.substr(0, 128) + "' came twice.",
                                 {}});
  fields_.push_back({std::move(lower), std::move(value)});
  return {};
}

std::expected<void, Error> PostForm::name_key(const std::optional<std::string>& filename) {
  auto key = std::ranges::find(fields_, "key", &Field::name);
  if (key == fields_.end() || !key->value.contains(filename_variable)) return {};
  const std::string_view name = filename ? base_name(*filename) : std::string_view();
  if (name.empty() || !is_utf8(name) || has_control_character(name))
    return std::unexpected(Error{ErrorCode::InvalidArgument,
                                 "The key has ${filename}, and the file has no name.",
                                 {{"ArgumentName", "key"}}});
  std::string out;
  std::string_view rest = key->value;
  for (std::size_t at; (at = rest.find(filename_variable)) != std::string_view::npos;) {
    out.append(rest.substr(0, at)).append(name);
    rest.remove_prefix(at + filename_variable.size());
  }
  key->value = out.append(rest);
  return {};
}

std::optional<std::string_view> PostForm::get(std::string_view name) const {
  auto found = std::ranges::find(fields_, name, &Field::name);
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

std::vector<FieldView> PostForm::views() const {
  std::vector<FieldView> out;
  out.reserve(fields_.size());
  for (const Field& field : fields_) out.push_back({field.name, field.value});
  return out;
}

}  // namespace signpost::s3
