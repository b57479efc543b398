# The page of web/, built by npm and put into the module `web` (src/web/assets.hpp). One script does
# all of it, under a lock, because every build folder of a checkout shares web/node_modules.
find_program(NPM npm)
find_program(NODE NAMES node nodejs)
if(NOT NPM OR NOT NODE)
  message(FATAL_ERROR "The page in web/ is built with npm and Node.js 18 or later, and they are not"
                      " here. Install them (apt-get install nodejs npm), or run ./dev build.")
endif()

set(page ${CMAKE_BINARY_DIR}/web)
file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
list(APPEND page_sources ${CMAKE_CURRENT_LIST_DIR}/build_web.cmake)
foreach(name .npmrc build.mjs docs.mjs embed.mjs index.html package.json package-lock.json tsconfig.json)
  list(APPEND page_sources ${CMAKE_SOURCE_DIR}/web/${name})
endforeach()
list(APPEND page_sources ${CMAKE_SOURCE_DIR}/src/gateway/openapi.json)
add_custom_command(
  OUTPUT ${page}/assets_table.cpp
  COMMAND ${CMAKE_COMMAND} -DNPM=${NPM} -DNODE=${NODE} -DWEB=${CMAKE_SOURCE_DIR}/web -DPAGE=${page}
          -P ${CMAKE_CURRENT_LIST_DIR}/build_web.cmake
  DEPENDS ${page_sources}
  COMMENT "Building the page"
  VERBATIM)
target_sources(signpost_web PRIVATE ${page}/assets_table.cpp)
# #embed is C's (C23); clang 19 has it for C++ too, with a warning.
set_source_files_properties(${page}/assets_table.cpp PROPERTIES
  COMPILE_OPTIONS -Wno-c23-extensions SKIP_PRECOMPILE_HEADERS ON)
