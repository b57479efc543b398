# cmake -DNPM=... -DNODE=... -DWEB=<source folder> -DPAGE=<output folder> -P build_web.cmake
# Installs what package-lock.json names (only where it changed), builds the page into PAGE/dist and
# writes PAGE/assets_table.cpp.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WEB} RESULT_VARIABLE result
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "The page could not be built: `${command}` in ${WEB} failed (${result}):\n"
                        "${output}")
  endif()
endfunction()

file(LOCK ${WEB}/.build.lock GUARD PROCESS TIMEOUT 600 RESULT_VARIABLE locked)
if(NOT locked EQUAL 0)
  message(FATAL_ERROR "Another build holds ${WEB}/.build.lock: ${locked}")
endif()

file(SHA256 ${WEB}/package-lock.json wanted)
set(stamp ${WEB}/node_modules/.installed-lock)
set(installed "")
if(EXISTS ${stamp})
  file(READ ${stamp} installed)
endif()
if(NOT installed STREQUAL wanted)
  # No package here needs its install script: esbuild's is a speed-up of its command line.
  run(${NPM} ci --ignore-scripts --no-audit --no-fund)
  file(WRITE ${stamp} ${wanted})
endif()
run(${NPM} run --silent typecheck)
run(${NODE} build.mjs --outdir ${PAGE}/dist)
run(${NODE} embed.mjs ${PAGE}/dist ${PAGE}/assets_table.cpp)
