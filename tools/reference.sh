#!/usr/bin/env bash
# The signing library's reference, build/docs/sigv4/index.html, from the headers that are installed. Fails where a
# public declaration says nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf build/docs
cmake -DCMAKE_INSTALL_PREFIX=build/docs -DCMAKE_INSTALL_INCLUDEDIR=include -P cmake/install_sigv4_headers.cmake
doxygen docs/Doxyfile
