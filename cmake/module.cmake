# Headers precompiled once for all: what nearly every source file spends its first seconds on. Modules
# that wait on sockets have their own, which holds Asio too; tests have GoogleTest, and are compiled
# without optimisation, because what they test is not.
add_library(signpost_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
target_precompile_headers(signpost_headers PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
set(test_options $<$<CONFIG:Release>:-O0> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
                 $<$<CONFIG:Release>:-fno-lto>)
if(NOT SIGNPOST_ONLY_SIGV4)
  add_library(signpost_test_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
  target_precompile_headers(signpost_test_headers PRIVATE
                            ${CMAKE_SOURCE_DIR}/cmake/precompiled_test.hpp)
  target_link_libraries(signpost_test_headers PRIVATE GTest::gmock)
  # As CMake compiles a program, which the tests are and this is not.
  set_target_properties(signpost_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(signpost_test_headers PRIVATE -fPIE ${test_options})
endif()

# signpost_module(NAME DEPS module... LIBS target...)
# A folder src/NAME is a static library signpost_NAME made of every *.cpp there, and, where the
# folder has *_test.cpp files, a GoogleTest program NAME_test that ctest runs.
function(signpost_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(signpost_${name} STATIC ${sources})
    target_compile_options(signpost_${name} PRIVATE ${signpost_profile_options})
    set(scope PUBLIC)
  else()
    add_library(signpost_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(signpost_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM arg_DEPS PREPEND signpost_)
  target_link_libraries(signpost_${name} ${scope} ${arg_DEPS} ${arg_LIBS})
  if(sources AND "${arg_DEPS}" MATCHES "signpost_net" OR name STREQUAL "net")
    target_precompile_headers(signpost_${name} PRIVATE
                              ${CMAKE_SOURCE_DIR}/cmake/precompiled_net.hpp)
  elseif(sources)
    target_precompile_headers(signpost_${name} REUSE_FROM signpost_headers)
  endif()
  if(tests AND NOT SIGNPOST_ONLY_SIGV4)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE signpost_${name} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE
      SIGNPOST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_compile_options(${name}_test PRIVATE ${test_options})
    target_precompile_headers(${name}_test REUSE_FROM signpost_test_headers)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
