# Every dependency is a Debian 12 package; `./dev` installs them.
find_package(OpenSSL 3 REQUIRED)
if(SIGNPOST_ONLY_SIGV4)
  return()
endif()
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(pugixml REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
add_library(isal ALIAS PkgConfig::isal)
add_library(sodium ALIAS PkgConfig::sodium)
add_library(tomlplusplus ALIAS PkgConfig::tomlplusplus)

# Asio and Beast compiled once, apart, so that no other translation unit pays for them.
add_library(signpost_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
# A request is some ten coroutines deep: their frames are kept for the next one.
target_compile_definitions(signpost_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
target_link_libraries(signpost_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_options(signpost_asio PRIVATE -w ${signpost_profile_options})
