#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::cli {

// 'users/{owner}/': a form that keys have. A {name} stands for one or more characters without a
// slash, up to where what follows it in the pattern first comes; all else for itself.
class KeyPattern {
 public:
  // The error is a sentence for a person. `needs` must be one of the names; none comes twice, and
  // something stands between two of them.
  static std::expected<KeyPattern, std::string> parse(std::string_view text,
                                                      std::string_view needs);

  using Values = std::map<std::string, std::string, std::less<>>;
  // What the names stand for, where the key begins like the pattern, or is like it as a whole.
  enum class Extent { beginning, whole };
  std::optional<Values> match(std::string_view key, Extent extent) const;

 private:
  struct Part {
    std::string text;
    bool is_name;
  };
  std::vector<Part> parts_;
};

}  // namespace signpost::cli
