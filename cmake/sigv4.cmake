# The signing library as something to install: headers, one static library, a CMake package and a
# pkg-config file.
#   cmake -S . -B b -DSIGNPOST_ONLY_SIGV4=ON && cmake --build b && cmake --install b --prefix P
# or, from a tree that builds everything: cmake --install build/release --component sigv4 --prefix P
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(signpost-sigv4 STATIC $<TARGET_OBJECTS:signpost_base> $<TARGET_OBJECTS:signpost_sigv4>)
set_target_properties(signpost-sigv4 PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME sigv4)
target_compile_features(signpost-sigv4 INTERFACE cxx_std_23)
target_include_directories(signpost-sigv4 INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(signpost-sigv4 INTERFACE OpenSSL::Crypto)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/signpost-sigv4)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/signpost-sigv4-config.cmake.in
  signpost-sigv4-config.cmake INSTALL_DESTINATION ${package})
# Before version 1 a minor version may change what is there.
write_basic_package_version_file(signpost-sigv4-config-version.cmake
  COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH from_pkgconfig_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/signpost-sigv4.pc.in signpost-sigv4.pc @ONLY)

install(TARGETS signpost-sigv4 EXPORT signpost-sigv4
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sigv4)
install(EXPORT signpost-sigv4 NAMESPACE signpost:: FILE signpost-sigv4-targets.cmake
        DESTINATION ${package} COMPONENT sigv4)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/signpost-sigv4-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/signpost-sigv4-config-version.cmake
        DESTINATION ${package} COMPONENT sigv4)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/signpost-sigv4.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sigv4)
install(CODE "set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")" COMPONENT sigv4)
install(SCRIPT ${CMAKE_SOURCE_DIR}/cmake/install_sigv4_headers.cmake COMPONENT sigv4)
