#include "domain/key_rule.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/percent.hpp"

namespace signpost::domain {
namespace {

constexpr std::string_view subject_word = "{subject}";

bool is_dots(std::string_view segment) {
  return segment == "." || segment == "..";
}

// Calls take(segment) for each piece between slashes; true where it is for all of them.
template <class Take>
bool all_segments(std::string_view text, Take take) {
  for (;;) {
    std::size_t slash = std::min(text.find('/'), text.size());
    if (!take(text.substr(0, slash))) return false;
    if (slash == text.size()) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_one_segment(std::string_view subject) {
  return !subject.empty() && !subject.contains('/') && !subject.contains('\\') && !is_dots(subject);
}

// Takes the prefix, written out for this subject, off the front of the key.
bool starts_with_prefix(std::string_view key, std::string_view prefix, std::string_view subject) {
  for (;;) {
    std::size_t word = prefix.find(subject_word);
    std::string_view fixed = prefix.substr(0, word);
    if (!key.starts_with(fixed)) return false;
    key.remove_prefix(fixed.size());
    if (word == std::string_view::npos) return !key.empty();
    if (!is_one_segment(subject) || !key.starts_with(subject)) return false;
    key.remove_prefix(subject.size());
    prefix.remove_prefix(word + subject_word.size());
  }
}

bool allows(const KeyRule& rule, const Caller& caller, std::string_view key, KeyAction action) {
  const bool has_right = action == KeyAction::get ? rule.get : rule.put;
  return has_right && rule.issuer == caller.principal.issuer() &&
         starts_with_prefix(key, rule.prefix, caller.principal.subject());
}

}  // namespace

bool is_rule_prefix(std::string_view text) {
  if (!text.ends_with('/') || text.starts_with('/')) return false;
  text.remove_suffix(1);
  return all_segments(text, [](std::string_view segment) {
    if (segment == subject_word) return true;
    return segment.find_first_of("{}") == segment.npos && !is_dots(segment) && !segment.empty();
  });
}

bool is_open_key(std::string_view key) {
  if (key.empty() || key.size() > limits::object_key_bytes) return false;
  if (!is_utf8(key) || key.contains('\0')) return false;
  if (key.starts_with("files/") || key.starts_with("staging/")) return false;
  return all_segments(key, [](std::string_view segment) { return !is_dots(segment); });
}

Decision decide(std::span<const KeyRule> rules, const Caller* caller, std::string_view key,
                KeyAction action) {
  if (caller == nullptr) return Decision::unauthenticated;
  auto allowed = [&](const KeyRule& rule) { return allows(rule, *caller, key, action); };
  return is_open_key(key) && std::ranges::any_of(rules, allowed) ? Decision::allow
                                                                 : Decision::not_found;
}

}  // namespace signpost::domain
