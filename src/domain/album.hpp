#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// By the same rules as FileId; an app may choose its own.
class AlbumId {
 public:
  static std::optional<AlbumId> parse(std::string_view text);
  const std::string& text() const { return text_; }
  friend auto operator<=>(const AlbumId&, const AlbumId&) = default;

 private:
  explicit AlbumId(std::string_view text) : text_(text) {}
  std::string text_;
};

// Files that are shared together: a grant on it reaches every file in it. A file is in one at most.
struct Album {
  AlbumId id;
  std::string name;  // 1 to 255 bytes of UTF-8 without control characters
  Principal owner;
  UnixSeconds created_at{};
  UnixSeconds updated_at{};

  friend bool operator==(const Album&, const Album&) = default;
};

}  // namespace signpost::domain
