# grpc_static: gRPC, protobuf and abseil from Debian's archives (their CMake targets are shared only).
# OpenSSL, zlib and libc stay shared, so that security updates reach us.
find_package(PkgConfig REQUIRED)
# rapport_grpc_libraries(variable [--static]): their names, asked for once and kept. pkg_check_modules asks ten times, a second
# each, since every part of abseil has a file of its own.
function(rapport_grpc_libraries variable)
  if(NOT ${variable})
    execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} ${ARGN} --libs-only-l grpc++ protobuf
      OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags)
    list(TRANSFORM flags REPLACE "^-l" "")
    set(${variable} "${flags}" CACHE INTERNAL "Libraries of gRPC")
  endif()
endfunction()
rapport_grpc_libraries(rapport_grpc_static --static)
set(names ${rapport_grpc_static})
list(REMOVE_DUPLICATES names)
list(REMOVE_ITEM names ssl crypto z pthread dl rt m atomic)
set(archives "")
foreach(name IN LISTS names)
  find_library(archive_${name} NAMES lib${name}.a REQUIRED)
  list(APPEND archives ${archive_${name}})
endforeach()
foreach(name hiredis sqlite3 jemalloc_pic grpc++_reflection)
  find_library(archive_${name} NAMES lib${name}.a REQUIRED)
endforeach()
# Before the archives, since it takes the place of something in them.
add_library(grpc_without_xds STATIC ${CMAKE_SOURCE_DIR}/services/platform/rpc/without_xds.cc)
target_link_libraries(grpc_without_xds INTERFACE
  -Wl,--start-group ${archives} -Wl,--end-group ssl crypto z pthread dl rt)
add_library(grpc_static INTERFACE)
target_link_libraries(grpc_static INTERFACE grpc_without_xds)
# protobuf and abseil alone, for code that does not know gRPC: the same archives, the linker takes
# what is needed.
add_library(protobuf_static INTERFACE)
target_link_libraries(protobuf_static INTERFACE grpc_static)
