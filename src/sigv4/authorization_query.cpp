#include "sigv4/authorization_query.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/marks.hpp"

namespace signpost::sigv4 {
namespace {

// In the order of AuthParameter.
constexpr std::array<std::string_view, auth_parameters> names = {
    "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",          "X-Amz-Expires",
    "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Security-Token"};

// Where each of them stands among the others in a canonical query.
constexpr std::array<std::uint8_t, auth_parameters> places = {0, 1, 2, 3, 6, 5, 4};

// The place of a name in `names`, which are constants here: a comparison is one of sizes, and for
// one of them of a few words.
std::optional<std::size_t> parameter_of(std::string_view name) {
  std::optional<std::size_t> found;
  const auto compare = [&]<std::size_t... i>(std::index_sequence<i...>) {
    static_cast<void>(((name == names[i] && (found = i, true)) || ...));
  };
  compare(std::make_index_sequence<names.size()>());
  return found;
}

constexpr std::string_view name_of(AuthParameter parameter) {
  return names[static_cast<std::size_t>(parameter)];
}

}  // namespace

// The parameters of a query, as they came, from the front.
class ParsedQuery::RawPairs {
 public:
  explicit RawPairs(std::string_view query) : query_(query), marks_(query) {}

  // False where there are no more. Empty ones are passed over.
  [[gnu::always_inline]] bool next(RawPair& pair) {
    while (begin_ <= query_.size()) {
      const std::size_t begin = begin_;
      take(pair);
      if (begin_ > begin + 1) return true;
    }
    return false;
  }

 private:
  // Up to the next '&', or the end.
  [[gnu::always_inline]] void take(RawPair& pair) {
    std::size_t equals = std::string_view::npos;
    pair.canonical = true;
    while (true) {
      const std::size_t at = marks_.next();
      const char mark = at < query_.size() ? query_.data()[at] : '&';
      if (mark == '&') return finish(pair, equals, at);
      if (mark == '=' && equals == std::string_view::npos) {
        equals = at;
      } else if (mark != '%' || !is_canonical_escape(query_.substr(at), Slash::encode)) {
        pair.canonical = false;
      }
    }
  }

  [[gnu::always_inline]] void finish(RawPair& pair, std::size_t equals, std::size_t end) {
    pair.canonical = pair.canonical && equals < end;
    const std::size_t name_end = std::min(equals, end);
    pair.name = query_.substr(begin_, name_end - begin_);
    const std::size_t value = std::min(name_end + 1, end);
    pair.value = query_.substr(value, end - value);
    begin_ = end + 1;
  }

  std::string_view query_;
  Marks<> marks_;
  std::size_t begin_ = 0;  // of the next one
};

std::string_view parameter_name(AuthParameter parameter) {
  return name_of(parameter);
}

bool is_auth_parameter(std::string_view name) {
  return name.starts_with("X-Amz-") && parameter_of(name);
}

bool ParsedQuery::has_any() const {
  return std::ranges::any_of(auth_, [](const auto& value) { return value.has_value(); });
}

// Remembers the value where the name is that of a parameter of a signature.
std::optional<ParsedQuery::Error> ParsedQuery::classify(const EncodedPair& pair, Known parameter) {
  if (parameter) {
    auto& kept = auth_[*parameter];
    if (kept) return Error{QueryError::repeated, names[*parameter]};
    kept = pair.value;
    return {};
  }
  if (pair.name == "AWSAccessKeyId" || pair.name == "Signature") version_2_ = true;
  if (pair.name.size() < 6 || !equal_ignoring_case(pair.name.substr(0, 6), "x-amz-")) return {};
  for (const std::string_view name : names)
    if (equal_ignoring_case(pair.name, name)) return Error{QueryError::misspelt, name};
  constexpr std::string_view content_sha256 = "X-Amz-Content-Sha256";
  if (!equal_ignoring_case(pair.name, content_sha256)) {
    has_fields_ = true;
    return {};
  }
  if (content_sha256_) return Error{QueryError::repeated, content_sha256};
  content_sha256_ = pair.value;
  return {};
}

std::string_view ParsedQuery::canonical(std::pmr::memory_resource& memory) {
  if (canonical_) return *canonical_;
  return canonical_query(pairs_, memory);
}

[[gnu::always_inline]] inline std::optional<ParsedQuery::Error> ParsedQuery::add(
    const RawPair& raw, std::pmr::memory_resource& memory) {
  EncodedPair pair{raw.name, raw.value};
  if (!raw.canonical) {
    const auto name = canonical_text(raw.name, Slash::encode, memory);
    const auto value = canonical_text(raw.value, Slash::encode, memory);
    if (!name || !value) return Error{QueryError::broken_escape, raw.name};
    pair = {*name, *value};
  }
  const Known parameter = parameter_of(pair.name);
  if (auto error = classify(pair, parameter)) return error;
  if (parameter == static_cast<std::size_t>(AuthParameter::signature)) return {};
  const bool follows =
      canonical_ && raw.canonical &&
      raw.name.data() == canonical_->data() + canonical_->size() + !pairs_.empty() &&
      (pairs_.empty() || (parameter && last_ ? places[*last_] < places[*parameter]
                                             : !comes_before(pair, pairs_.back())));
  last_ = parameter;
  if (follows) {
    canonical_ = std::string_view(canonical_->data(), raw.value.data() + raw.value.size());
  } else {
    canonical_.reset();
  }
  pairs_.push_back(pair);
  return {};
}

std::expected<ParsedQuery, ParsedQuery::Error> ParsedQuery::parse(
    std::string_view raw_query, std::pmr::memory_resource& memory) {
  std::expected<ParsedQuery, Error> out(std::in_place, ParsedQuery(memory));
  out->canonical_ = raw_query.substr(0, 0);
  out->pairs_.reserve(16);  // as many as nearly every query has
  RawPairs pairs(raw_query);
  for (RawPair raw; pairs.next(raw);) {
    if (auto error = out->add(raw, memory)) {
      out = std::unexpected(*error);
      break;
    }
  }
  return out;
}

std::expected<std::chrono::seconds, std::string_view> parse_expires(std::string_view text) {
  if (text.starts_with('-')) return std::unexpected("X-Amz-Expires must be non-negative");
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return is_digit(c); }))
    return std::unexpected("X-Amz-Expires should be a number");
  const auto seconds = parse_u64(text);
  if (!seconds || *seconds > static_cast<std::uint64_t>(limits::presigned_lifetime.count()))
    return std::unexpected(
        "X-Amz-Expires must be less than a week (in seconds); the greatest is 604800");
  return std::chrono::seconds(*seconds);
}

}  // namespace signpost::sigv4
