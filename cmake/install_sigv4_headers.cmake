# Copies the public headers of sigv4, and what they need of base, to
# CMAKE_INSTALL_PREFIX/CMAKE_INSTALL_INCLUDEDIR/signpost. Inside the repository they are
# "sigv4/x.hpp"; installed, <signpost/sigv4/x.hpp>, which meets nobody else's folder.
cmake_policy(VERSION 3.25)
set(source ${CMAKE_CURRENT_LIST_DIR}/../src)
set(target $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/signpost)

file(GLOB headers RELATIVE ${source} ${source}/sigv4/*.hpp)
list(FILTER headers EXCLUDE REGEX "_fixture")
while(headers)
  list(POP_FRONT headers header)
  file(READ ${source}/${header} text)
  if(text MATCHES "Internal to ")
    continue()
  endif()
  string(REGEX MATCHALL "#include \"base/[^\"]+" includes "${text}")
  foreach(include ${includes})
    string(REPLACE "#include \"" "" include ${include})
    if(NOT include IN_LIST seen)
      list(APPEND seen ${include})
      list(APPEND headers ${include})
    endif()
  endforeach()
  string(REGEX REPLACE "#include \"(base|sigv4)/([^\"]+)\"" "#include <signpost/\\1/\\2>" text
         "${text}")
  file(WRITE ${target}/${header} "${text}")
endwhile()
