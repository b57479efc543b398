#pragma once

#include <string>

#include "domain/catalog.hpp"

namespace signpost::catalog_sqlite {

// The SELECT for one page, from fixed pieces alone. Its parameters: 1 owner, 2 album, 3 text,
// 4 content type, 5 and 6 position, 7 limit, 8 content type with parameters.
std::string select_files(const domain::FileQuery& query);

}  // namespace signpost::catalog_sqlite
