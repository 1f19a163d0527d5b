# Tests of a sanitized build: what they call is what counts, and they are half of all code.
set(rapport_test_options "")
if(RAPPORT_SANITIZE)
  set(rapport_test_options -fno-sanitize=undefined)
endif()

# rapport_library(name SOURCES ... LINK ... [APART ...] [FAST]): one static library of ours, warnings on. FAST: it counts
# much, and is compiled for speed in a sanitized build as well.
# rapport_binary(name SOURCES ... LINK ...): one executable of ours, jemalloc linked in.
# rapport_test(name SOURCES ... LINK ... LABELS ... [ARGS ...] [APART ...]): one GoogleTest executable, one CTest test.
# Names are resolved by libc: the resolver in gRPC never frees a few bytes, which a sanitizer takes for a leak of ours.

# With RAPPORT_PCH the files of a target are compiled eight at a time, which takes less than half as long; APART: those
# that have a name of their own in common with another, whichever: a file more must not move two of them together.
function(rapport_together name)
  set_target_properties(${name} PROPERTIES UNITY_BUILD "${RAPPORT_PCH}" UNITY_BUILD_BATCH_SIZE 8)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

function(rapport_library name)
  cmake_parse_arguments(arg "FAST" "" "SOURCES;LINK;APART" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES} ${arg_APART})
  rapport_together(${name} ${arg_APART})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(${name} PUBLIC ${arg_LINK})
  target_compile_options(${name} PRIVATE ${RAPPORT_WARNINGS})
  if(RAPPORT_SANITIZE AND arg_FAST)
    target_compile_options(${name} PRIVATE -O2)
  else()
    rapport_precompile(${name} library)
  endif()
endfunction()

function(rapport_binary name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  if(NOT RAPPORT_SANITIZE)
    target_link_libraries(${name} PRIVATE ${archive_jemalloc_pic})
  endif()
  target_compile_options(${name} PRIVATE ${RAPPORT_WARNINGS})
  rapport_precompile(${name} binary)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

function(rapport_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;LABELS;ARGS;APART" ${ARGN})
  add_executable(${name} ${arg_SOURCES} ${arg_APART})
  rapport_together(${name} ${arg_APART})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/services ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_LINK} gtest gmock gtest_main)
  target_compile_options(${name} PRIVATE ${RAPPORT_WARNINGS})
  target_compile_options(${name} PRIVATE ${rapport_test_options})
  rapport_precompile(${name} test)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 900
    ENVIRONMENT "RAPPORT_SOURCE=${CMAKE_SOURCE_DIR};RAPPORT_BIN=${CMAKE_BINARY_DIR}/bin;GRPC_DNS_RESOLVER=native")
endfunction()
