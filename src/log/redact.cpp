#include "log/redact.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"

namespace signpost::log {
namespace {

constexpr std::string_view hidden = "***";
// How far back from a separator a name is looked for, and how often it may have been encoded.
constexpr std::size_t name_window = 192;
constexpr int encoding_depth = 3;

// What a name's value reaches to when it stands bare, without quotes.
enum class Extent {
  line,  // a header field's value: to the end of the line
  word,  // a parameter's value: to the next '&' or white space
};
struct Name {
  std::string_view name;  // lower case, '_' written as '-'
  Extent extent;
  // A word of plain English too: "token: expired" is a message, "token=..." and "\"token\":" are
  // not.
  bool english;
};
constexpr std::array names = {
    Name{"authorization", Extent::line, false},
    Name{"cookie", Extent::line, false},
    Name{"password", Extent::line, false},
    Name{"passwd", Extent::line, false},
    Name{"x-amz-signature", Extent::word, false},
    Name{"x-amz-credential", Extent::word, false},
    Name{"x-amz-security-token", Extent::word, false},
    Name{"x-signpost-ticket", Extent::word, false},
    Name{"awsaccesskeyid", Extent::word, false},
    Name{"secret-access-key", Extent::word, false},
    Name{"secretaccesskey", Extent::word, false},
    Name{"session-token", Extent::word, false},
    Name{"sessiontoken", Extent::word, false},
    Name{"access-token", Extent::word, false},
    Name{"refresh-token", Extent::word, false},
    Name{"id-token", Extent::word, false},
    Name{"api-key", Extent::word, false},
    Name{"signatureprovided", Extent::word, false},
    Name{"signature", Extent::word, true},
    Name{"credential", Extent::word, true},
    Name{"secret", Extent::word, true},
    Name{"token", Extent::word, true},
    Name{"ticket", Extent::word, true},
};

constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr bool is_quote(char c) {
  return c == '"' || c == '\'';
}
constexpr bool is_name(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}
constexpr bool is_token(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
}

// The bytes at which something may begin that has to be looked at; all others are copied.
constexpr auto make_interesting() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = c < 0x20 || c == 0x7f;
  for (const unsigned char c : {'=', ':', '>', '%', '\\', 'e', 'E', 's', 'S'}) table[c] = true;
  return table;
}
constexpr auto interesting = make_interesting();

// A character that may be percent-encoded, also more than once ("%3D", "%253D"), or be written as
// JSON's \u003d. Gives the number of bytes it takes at the start of `text`, 0 where it is not
// there.
std::size_t length_of(char wanted, std::string_view text) {
  if (text.empty()) return 0;
  if (to_lower(text[0]) == wanted) return 1;
  std::size_t at = 0;
  if (text[0] == '%') {
    at = 1;
    while (text.substr(at, 2) == "25") at += 2;
  } else if (text.starts_with("\\u00")) {
    at = 4;
  }
  if (at == 0 || text.size() < at + 2) return 0;
  const int high = hex_digit(text[at]);
  const int low = hex_digit(text[at + 1]);
  if (high < 0 || low < 0) return 0;
  return to_lower(static_cast<char>(high * 16 + low)) == wanted ? at + 2 : 0;
}

// Decodes what can be decoded and leaves the rest.
std::string decode_leniently(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t skip = text[i] == '%' ? 1 : text.substr(i).starts_with("\\u00") ? 4 : 0;
    if (skip != 0 && i + skip + 1 < text.size()) {
      const int high = hex_digit(text[i + skip]);
      const int low = hex_digit(text[i + skip + 1]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += skip + 1;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

struct FoundName {
  const Name* name;
  bool quoted;
};

// The sensitive name that ends where `before` ends, if one does. "new_password" and
// "proxy-authorization" end in one.
std::optional<FoundName> sensitive_name(std::string_view before) {
  before = trim(before);
  before = before.substr(before.size() - std::min(before.size(), name_window));
  // To where the name must have begun, whatever its encoding, so that little is decoded.
  std::size_t begin = before.size();
  while (begin > 0 && is_quote(before[begin - 1])) --begin;
  while (begin > 0) {
    const char c = before[begin - 1];
    if (is_space(c) || is_quote(c) || c == '&' || c == '=' || c == ':' || c == '<') break;
    --begin;
  }
  std::string text(before.substr(begin));
  for (int i = 0; i < encoding_depth && text.find_first_of("%\\") != std::string::npos; ++i) {
    text = decode_leniently(text);
  }
  bool quoted = false;
  while (!text.empty() && (is_quote(text.back()) || text.back() == '\\')) {
    quoted = true;
    text.pop_back();
  }
  std::size_t start = text.size();
  while (start > 0 && is_name(text[start - 1])) --start;
  text = to_lower(std::string_view(text).substr(start));
  std::ranges::replace(text, '_', '-');
  for (const Name& name : names) {
    if (!text.ends_with(name.name)) continue;
    const std::size_t rest = text.size() - name.name.size();
    if (rest == 0 || !is_token(text[rest - 1]) || text[rest - 1] == '-' || !name.english) {
      return FoundName{&name, quoted};
    }
  }
  return std::nullopt;
}

// The length of the value at the start of `text`, white space before it included: quoted, or bare
// to where `extent` says.
std::size_t value_length(std::string_view text, Extent extent) {
  std::size_t i = 0;
  while (i < text.size() && (text[i] == ' ' || text[i] == '\t')) ++i;
  const bool escaped = i + 1 < text.size() && text[i] == '\\' && is_quote(text[i + 1]);
  if (escaped) {  // JSON within a JSON string: \"...\"
    const std::size_t end = text.find(text.substr(i, 2), i + 2);
    return end == std::string_view::npos ? text.size() : end;
  }
  if (i < text.size() && is_quote(text[i])) {
    const char quote = text[i];
    for (++i; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\') ++i;
    }
    return std::min(i, text.size());
  }
  while (i < text.size() && text[i] != '\r' && text[i] != '\n') {
    const char c = text[i];
    if (extent == Extent::word && (is_space(c) || c == '&' || is_quote(c) || c == '<')) break;
    ++i;
  }
  return i;
}

// What stands before the value and is kept: white space and the opening quote.
std::size_t opening_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && (text[i] == ' ' || text[i] == '\t')) ++i;
  if (i + 1 < text.size() && text[i] == '\\' && is_quote(text[i + 1])) return i + 2;
  if (i < text.size() && is_quote(text[i])) ++i;
  return i;
}

// A JSON Web Token (or JWE) in compact form begins with the base64url of '{"'.
std::size_t jwt_length(std::string_view text) {
  if (!text.starts_with("eyJ")) return 0;
  std::size_t i = 0;
  std::size_t dots = 0;
  while (i < text.size()) {
    const std::size_t dot = length_of('.', text.substr(i));
    if (dot != 0) {
      ++dots;
      i += dot;
    } else if (is_token(text[i])) {
      ++i;
    } else {
      break;
    }
  }
  return dots > 0 && i > 16 ? i : 0;
}

// An API token of the gateway.
std::size_t api_token_length(std::string_view text) {
  std::size_t i = 0;
  for (const char c : std::string_view("sgn_")) {
    const std::size_t length = length_of(c, text.substr(i));
    if (length == 0) return 0;
    i += length;
  }
  const std::size_t begin = i;
  while (i < text.size() && (is_token(text[i]) || text[i] == '%')) ++i;
  return i - begin >= 8 ? i : 0;
}

// Walks the text once and writes it out without what must not be seen.
class Redactor {
 public:
  explicit Redactor(std::string_view text) : text_(text), utf8_(is_utf8(text)) {}

  std::string run() {
    out_.reserve(text_.size());
    while (at_ < text_.size()) {
      const char c = text_[at_];
      // Bytes of a text that is no UTF-8 and the C1 controls (0xC2 0x80-0x9F) are escaped too: a
      // terminal would obey them.
      if (static_cast<unsigned char>(c) >= 0x80) {
        put_high(c);
      } else if (!interesting[static_cast<unsigned char>(c)] || !step()) {
        put(c);
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  // Handles what begins here; false where it is an ordinary character.
  bool step() {
    std::size_t length = jwt_length(rest());
    if (length == 0) length = api_token_length(rest());
    if (length != 0) {
      out_ += hidden;
      at_ += length;
      return true;
    }
    std::size_t separator = length_of('=', rest());
    const bool equals = separator != 0;
    if (separator == 0) separator = length_of(':', rest());
    const bool element = text_[at_] == '>' && in_start_tag();
    if (element) separator = 1;
    if (separator == 0) return false;
    const auto found = sensitive_name(text_.substr(0, at_));
    if (!found || (!equals && !element && found->name->english && !found->quoted)) return false;
    hide_value(separator, element || equals ? found->name->extent : Extent::line, element);
    return true;
  }

  // At the '>' of "<Name>".
  bool in_start_tag() const {
    const std::size_t low = at_ - std::min(at_, name_window);
    const std::size_t open = text_.substr(low, at_ - low).rfind('<');
    return open != std::string_view::npos && text_[low + open + 1] != '/';
  }

  void hide_value(std::size_t separator, Extent extent, bool element) {
    for (std::size_t i = 0; i < separator; ++i) put(text_[at_]);
    if (element) {
      at_ += std::min(rest().find('<'), rest().size());
    } else {
      const std::size_t end = at_ + value_length(rest(), extent);
      const std::size_t opening = opening_length(rest());
      for (std::size_t i = 0; i < opening; ++i) put(text_[at_]);
      at_ = std::max(at_, end);
    }
    out_ += hidden;
  }

  void put(char c) {
    ++at_;
    if (!is_control(c)) {
      out_ += c;
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\r') {
      out_ += "\\r";
    } else if (c == '\t') {
      out_ += "\\t";
    } else {
      put_escaped(c);
    }
  }
  void put_high(char c) {
    const bool c1 =
        c == '\xc2' && at_ + 1 < text_.size() && static_cast<unsigned char>(text_[at_ + 1]) < 0xa0;
    if (utf8_ && !c1) {
      out_ += c;
      ++at_;
      return;
    }
    put_escaped(c);
    ++at_;
    if (utf8_) put_escaped(text_[at_++]);
  }
  void put_escaped(char c) {
    out_ += "\\x";
    out_ += hex_encode(std::string_view(&c, 1));
  }

  std::string_view text_;
  bool utf8_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string redact(std::string_view text) {
  return Redactor(text).run();
}

}  // namespace signpost::log
