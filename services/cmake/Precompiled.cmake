# rapport_precompile(target library|test): with RAPPORT_PCH, compiles what nearly every
# file includes of the libraries once for all targets of the kind. Only headers of others: none of
# ours, so that changing one recompiles no more than it must. Every file still includes what it uses:
# a build without RAPPORT_PCH says so.
set(precompiled_std <algorithm> <atomic> <chrono> <condition_variable> <coroutine> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <string> <string_view> <variant> <vector>)
set(precompiled_protobuf <absl/container/flat_hash_map.h> <absl/functional/function_ref.h>
  <absl/status/statusor.h> <google/protobuf/map_field_inl.h> <google/protobuf/message.h>
  <google/protobuf/timestamp.pb.h>)

# One target of a kind carries the headers, the others use what it made.
function(rapport_precompile target kind)
  if(NOT RAPPORT_PCH)
    return()
  endif()
  set(carrier precompiled_${kind})
  if(NOT TARGET ${carrier})
    set(source ${CMAKE_BINARY_DIR}/${carrier}.cc)
    if(kind STREQUAL "test")  # As what uses it: position-independent differs between the two.
      file(CONFIGURE OUTPUT ${source} CONTENT "int main() { return 0; }\n")
      add_executable(${carrier} ${source})
    else()
      file(CONFIGURE OUTPUT ${source} CONTENT "")
      add_library(${carrier} OBJECT ${source})
    endif()
    target_compile_options(${carrier} PRIVATE ${RAPPORT_WARNINGS})
    target_precompile_headers(${carrier} PRIVATE ${precompiled_std} ${precompiled_protobuf})
    if(kind STREQUAL "test")
      target_compile_options(${carrier} PRIVATE ${rapport_test_options})
      target_precompile_headers(${carrier} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${carrier})
endfunction()
