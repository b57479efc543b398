#pragma once

#include <span>
#include <string>
#include <string_view>

#include "domain/access.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

enum class KeyAction { get, put };

// Who may use objects by their key, without an entry in the catalog ([[rules]]): users of that
// issuer, keys under that prefix.
struct KeyRule {
  std::string prefix;  // ends with '/'; "{subject}" in it stands for the caller's own subject
  std::string issuer;
  bool get = false;
  bool put = false;
};

// Whether the text is a proper KeyRule::prefix: not empty, ending with '/', with no braces but
// those of {subject}, which is a whole segment.
bool is_rule_prefix(std::string_view text);

// Whether a key may be asked for at all: 1 to 1024 bytes of UTF-8 without NUL, outside of what the
// gateway keeps for itself ("files/", "staging/"), and with no segment "." or "..", for a proxy, a
// browser or another store on the way could take those for a path.
bool is_open_key(std::string_view key);

// Any one rule is enough. A subject that is no single segment of a path ("a/b", "..", empty) has no
// {subject}: no rule with one lets it anywhere. `caller` is null for nobody.
Decision decide(std::span<const KeyRule> rules, const Caller* caller, std::string_view key,
                KeyAction action);

}  // namespace signpost::domain
