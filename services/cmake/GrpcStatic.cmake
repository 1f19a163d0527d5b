# grpc_static: gRPC, protobuf and abseil from Debian's archives (their CMake targets are shared only).
# OpenSSL, zlib and libc stay shared, so that security updates reach us.
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC REQUIRED grpc++ protobuf)
set(names ${GRPC_STATIC_LIBRARIES})
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
add_library(grpc_static INTERFACE)
target_link_libraries(grpc_static INTERFACE
  -Wl,--start-group ${archives} -Wl,--end-group ssl crypto z pthread dl rt)
# protobuf and abseil alone, for code that does not know gRPC: the same archives, the linker takes
# what is needed.
add_library(protobuf_static INTERFACE)
target_link_libraries(protobuf_static INTERFACE grpc_static)
