#pragma once

#include <span>

namespace signpost::catalog_sqlite {

// The steps from an empty file to today's schema, in order. A step that was released is never
// changed.
std::span<const char* const> migrations();

}  // namespace signpost::catalog_sqlite
