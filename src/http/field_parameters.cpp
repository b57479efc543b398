#include "http/field_parameters.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::http {
namespace {

// Cuts the quoted string off the front of `rest`, which begins with '"'.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string out;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return out;
    }
    const bool escapes =
        rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    out += escapes ? rest[++i] : rest[i];
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest) {
  if (rest.starts_with('"')) return take_quoted(rest);
  const std::size_t end = std::min(rest.find_first_of("; \t"), rest.size());
  const std::string_view token = rest.substr(0, end);
  rest.remove_prefix(end);
  if (!is_token(token)) return std::nullopt;
  return std::string(token);
}

}  // namespace

std::optional<FieldWithParameters> FieldWithParameters::parse(std::string_view text) {
  FieldWithParameters out;
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  out.value = to_lower(trim(text.substr(0, semicolon)));
  if (out.value.empty()) return std::nullopt;
  std::string_view rest = text.substr(semicolon);
  while (!rest.empty()) {
    if (rest.front() != ';') return std::nullopt;
    rest = trim(rest.substr(1));
    if (rest.empty()) break;  // a semicolon at the end
    const std::size_t equals = std::min(rest.find('='), rest.size());
    std::string name = to_lower(rest.substr(0, equals));
    if (equals == rest.size() || !is_token(name) || out.get(name)) return std::nullopt;
    rest.remove_prefix(equals + 1);
    auto value = take_value(rest);
    if (!value) return std::nullopt;
    out.parameters.push_back({std::move(name), *std::move(value)});
    rest = trim(rest);
  }
  return out;
}

std::optional<std::string_view> FieldWithParameters::get(std::string_view name) const {
  for (const Parameter& parameter : parameters)
    if (parameter.name == name) return parameter.value;
  return std::nullopt;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || is_alpha(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_content(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t';
  });
}

}  // namespace signpost::http
