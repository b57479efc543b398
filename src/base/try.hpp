#pragma once

#include <expected>
#include <utility>

// TRY(declaration, expression): what std::expected's monadic members would do, which libstdc++ 12
// lacks. Declares the value, or returns the error from the function at hand.
//     TRY(auto date, AmzDate::parse(text));
// Inside a coroutine use CO_TRY. TRYV for an expression whose value is not wanted.
#define SIGNPOST_CONCAT_(a, b) a##b
#define SIGNPOST_CONCAT(a, b) SIGNPOST_CONCAT_(a, b)
#define SIGNPOST_TRY_(tmp, ret, decl, ...)               \
  auto tmp = (__VA_ARGS__);                              \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  decl = *std::move(tmp)
#define TRY(decl, ...) SIGNPOST_TRY_(SIGNPOST_CONCAT(try_, __LINE__), return, decl, __VA_ARGS__)
#define CO_TRY(decl, ...) \
  SIGNPOST_TRY_(SIGNPOST_CONCAT(try_, __LINE__), co_return, decl, __VA_ARGS__)
#define TRYV(...)                                                                          \
  do {                                                                                     \
    if (auto try_ = (__VA_ARGS__); !try_) return std::unexpected(std::move(try_).error()); \
  } while (false)
#define CO_TRYV(...)                                                                          \
  do {                                                                                        \
    if (auto try_ = (__VA_ARGS__); !try_) co_return std::unexpected(std::move(try_).error()); \
  } while (false)
