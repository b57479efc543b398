#include "domain/content_type.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.hpp"

namespace signpost::domain {
namespace {

// tchar of RFC 9110 section 5.6.2. A table: a type is parsed for every URL that is signed.
constexpr std::array token_chars = [] {
  std::array<bool, 256> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    char c = static_cast<char>(i);
    out[i] = is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  }
  return out;
}();
bool is_token_char(char c) {
  return token_chars[static_cast<unsigned char>(c)];
}

std::string_view take_token(std::string_view& text) {
  auto end = std::ranges::find_if_not(text, is_token_char);
  auto token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

void skip_white_space(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// quoted-string (RFC 9110 section 5.6.4) of printable ASCII, unescaped.
std::optional<std::string> take_quoted(std::string_view& text) {
  text.remove_prefix(1);
  std::string out;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return out;
    if (c == '\\') {
      if (text.empty()) return std::nullopt;
      c = text.front();
      text.remove_prefix(1);
    }
    if (c < ' ' || c > '~') return std::nullopt;
    out += c;
  }
  return std::nullopt;
}

bool is_safe_charset(std::string_view charset) {
  static constexpr auto refused =
      std::to_array<std::string_view>({"utf-7",           "utf7",       "unicode-1-1-utf-7",
                                       "x-unicode20utf7", "utf-16",     "utf-16le",
                                       "utf-16be",        "utf16",      "utf-32",
                                       "utf-32le",        "utf-32be",   "utf32",
                                       "ucs-2",           "ucs-4",      "cesu-8",
                                       "bocu-1",          "scsu",       "hz-gb-2312",
                                       "x-user-defined",  "replacement"});
  std::string name = to_lower(charset);
  return std::ranges::find(refused, name) == refused.end() && !name.starts_with("iso-2022") &&
         !name.starts_with("iso-10646") && !name.starts_with("ebcdic") && !name.contains("ucs");
}

std::string quote_if_needed(const std::string& value) {
  if (!value.empty() && std::ranges::all_of(value, is_token_char)) return value;
  std::string out = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// `text` is what follows the subtype. Gives the parameters in one spelling, or nothing.
std::optional<std::string> parse_parameters(std::string_view text) {
  std::string out;
  std::vector<std::string> names;
  for (skip_white_space(text); !text.empty(); skip_white_space(text)) {
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_white_space(text);
    std::string name = to_lower(take_token(text));
    if (name.empty() || std::ranges::find(names, name) != names.end() || !text.starts_with('='))
      return std::nullopt;
    text.remove_prefix(1);
    std::string value;
    if (text.starts_with('"')) {
      auto quoted = take_quoted(text);
      if (!quoted) return std::nullopt;
      value = *std::move(quoted);
    } else {
      value = take_token(text);
      if (value.empty()) return std::nullopt;
    }
    if (name == "charset" && !is_safe_charset(value)) return std::nullopt;
    out += "; " + name + "=" + quote_if_needed(value);
    names.push_back(std::move(name));
  }
  return out;
}

bool is_active_essence(std::string_view essence) {
  static constexpr auto active =
      std::to_array<std::string_view>({"text/html",
                                       "text/xml",
                                       "application/xml",
                                       "text/xsl",
                                       "text/javascript",
                                       "application/javascript",
                                       "application/x-javascript",
                                       "text/x-javascript",
                                       "application/ecmascript",
                                       "text/ecmascript",
                                       "text/jscript",
                                       "text/livescript",
                                       "text/vbscript",
                                       "text/vbs",
                                       "text/x-component",
                                       "text/cache-manifest",
                                       "application/x-shockwave-flash",
                                       "application/x-java-applet",
                                       "application/java-archive",
                                       "application/x-java-jnlp-file",
                                       "application/hta",
                                       "application/x-silverlight-app",
                                       "message/rfc822",
                                       "message/external-body",
                                       "application/x-mimearchive",
                                       "application/xml-dtd",
                                       "application/xml-external-parsed-entity",
                                       "text/xml-external-parsed-entity",
                                       "application/wasm"});
  return std::ranges::find(active, essence) != active.end() || essence.ends_with("+xml") ||
         essence.starts_with("text/javascript1.") || essence.contains("html") ||
         essence.contains("svg");
}

}  // namespace

MediaType::MediaType(std::string text, std::size_t essence)
    : text_(std::move(text)), essence_(essence), active_(is_active_essence(this->essence())) {}

MediaType::MediaType() : MediaType(std::string(octet_stream), octet_stream.size()) {}

std::optional<MediaType> MediaType::parse(std::string_view text) {
  constexpr std::size_t longest = 255;
  if (text.size() > longest) return std::nullopt;
  const std::string_view all = text;
  const std::string_view type = take_token(text);
  if (type.empty() || !text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  const std::string_view subtype = take_token(text);
  std::string essence = to_lower(all.substr(0, type.size() + 1 + subtype.size()));
  if (subtype.empty() || essence.contains('*') || essence.starts_with("multipart/"))
    return std::nullopt;
  auto parameters = parse_parameters(text);
  if (!parameters) return std::nullopt;
  const std::size_t essence_size = essence.size();
  std::string whole = std::move(essence) + *parameters;
  if (whole.size() > longest) return std::nullopt;
  return MediaType(std::move(whole), essence_size);
}

std::optional<http::Disposition> parse_disposition(std::string_view text) {
  if (text == "inline") return http::Disposition::inline_;
  if (text == "attachment") return http::Disposition::attachment;
  return std::nullopt;
}

http::Disposition disposition_of(const MediaType& type, std::optional<http::Disposition> asked,
                                 std::span<const std::string> inline_types) {
  const std::string_view essence = type.essence();
  bool listed = std::ranges::any_of(inline_types, [&](std::string_view pattern) {
    if (pattern.ends_with("/*")) return essence.starts_with(pattern.substr(0, pattern.size() - 1));
    return equal_ignoring_case(essence, pattern);
  });
  if (type.is_active() || !listed || asked == http::Disposition::attachment)
    return http::Disposition::attachment;
  return http::Disposition::inline_;
}

}  // namespace signpost::domain
