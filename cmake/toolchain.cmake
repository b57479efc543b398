# Warnings, hardening and sanitizers: the same for every module.
# Whoever builds the signing library alone has a compiler of their own, and its warnings.
if(NOT SIGNPOST_ONLY_SIGV4)
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                      -Wswitch -Werror)
  add_link_options(-fuse-ld=lld)
elseif(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
add_compile_options($<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
# Deprecated: OpenSSL's low-level SHA256_* are the fastest way to the hash (docs/adr/0003), and
# <strstream>-era traits inside Boost 1.81 warn under clang 19.
add_compile_options(-Wno-deprecated-declarations -Wno-missing-field-initializers)
add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_definitions(BOOST_STATIC_STRING_STANDALONE)  # for std::string_view's sake
add_link_options(-Wl,-z,relro,-z,now)

# The released program is optimised as a whole (docs/adr/0013). An object file holds machine code as
# well, which is what the tests are linked with: that takes seconds, and this a minute.
function(signpost_optimise_whole target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_link_options(${target} PRIVATE -flto=thin -Wl,--fat-lto-objects
                        -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto)
  endif()
endfunction()
if(NOT SIGNPOST_ONLY_SIGV4)
  add_compile_options($<$<CONFIG:Release>:-flto=thin> $<$<CONFIG:Release>:-ffat-lto-objects>
                      $<$<CONFIG:Release>:-fno-plt>)
endif()

# ... and by how often each branch was taken when it did its work (bench/train.py): what is rarely
# run lies apart, out of the way of the caches. Made anew by `./dev profile`; a function that has
# changed since is compiled as if there were none (docs/adr/0013).
set(SIGNPOST_PROFILE use CACHE STRING "use, make or empty")
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SIGNPOST_ONLY_SIGV4)
  if(SIGNPOST_PROFILE STREQUAL "use")
    set(counted ${CMAKE_SOURCE_DIR}/cmake/release.profdata)
    file(SHA256 ${counted} digest)
    set(profile ${CMAKE_BINARY_DIR}/${digest}.profdata)  # another one: all is compiled anew
    configure_file(${counted} ${profile} COPYONLY)
    set(signpost_profile_options -fprofile-instr-use=${profile} -Wno-profile-instr-out-of-date
                                 -Wno-profile-instr-unprofiled)
  elseif(SIGNPOST_PROFILE STREQUAL "make")
    set(signpost_profile_options -fprofile-instr-generate)
    add_link_options(-fprofile-instr-generate)
  endif()
endif()

set(SIGNPOST_SANITIZE "" CACHE STRING "address, thread or empty")
set(SIGNPOST_FUZZ OFF CACHE BOOL "build the libFuzzer targets")
if(SIGNPOST_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(SIGNPOST_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(SIGNPOST_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  CCACHE_DEPEND=1 ${CCACHE})
endif()
