#pragma once

#include <span>
#include <string_view>

namespace signpost::web {

// One file of the page, as web/ built it. Everything points into the program itself.
struct Asset {
  std::string_view path;          // what a browser asks for: "/", "/assets/page-1A2B3C4D.js"
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view bytes;
  std::string_view etag;  // strong, with its quotes (RFC 9110 section 8.8.3): from the bytes' hash
  bool immutable;         // the path holds a hash of the bytes: a cache may keep it for ever
};

// Every file of the page, sorted by path. "/" is always among them.
std::span<const Asset> assets();
// The file of exactly that path, or null.
const Asset* find_asset(std::string_view path);

}  // namespace signpost::web
