# rapport_precompile(target library|binary|test|messages|services): with RAPPORT_PCH, compiles what nearly every
# file includes of the libraries once for all targets of the kind. Only headers of others: none of
# ours, so that changing one recompiles no more than it must. Every file still includes what it uses:
# a build without RAPPORT_PCH says so.
set(precompiled_std <algorithm> <atomic> <chrono> <condition_variable> <coroutine> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <string> <string_view> <variant> <vector>)
set(precompiled_protobuf <absl/container/flat_hash_map.h> <absl/functional/function_ref.h>
  <absl/status/statusor.h> <google/protobuf/map_field_inl.h> <google/protobuf/message.h>
  <google/protobuf/timestamp.pb.h>)
# What a generator writes includes no more than this, in every file.
set(precompiled_generated <google/protobuf/extension_set.h> <google/protobuf/generated_message_reflection.h>
  <google/protobuf/io/coded_stream.h> <google/protobuf/map_field_inl.h> <google/protobuf/message.h>
  <google/protobuf/reflection_ops.h> <google/protobuf/timestamp.pb.h> <google/protobuf/wire_format.h>)
set(precompiled_generated_services <grpcpp/generic/async_generic_service.h> <grpcpp/support/async_stream.h>
  <grpcpp/support/async_unary_call.h> <grpcpp/support/client_callback.h> <grpcpp/support/method_handler.h>
  <grpcpp/support/server_callback.h> <grpcpp/support/sync_stream.h>)

# One target of a kind carries the headers, the others use what it made.
function(rapport_precompile target kind)
  if(NOT RAPPORT_PCH)
    return()
  endif()
  set(carrier precompiled_${kind})
  if(NOT TARGET ${carrier})
    set(source ${CMAKE_BINARY_DIR}/${carrier}.cc)
    if(kind STREQUAL "test" OR kind STREQUAL "binary")  # As what uses it: position-independent differs between the two.
      file(CONFIGURE OUTPUT ${source} CONTENT "int main() { return 0; }\n")
      add_executable(${carrier} ${source})
    else()
      file(CONFIGURE OUTPUT ${source} CONTENT "")
      add_library(${carrier} OBJECT ${source})
    endif()
    if(kind STREQUAL "messages" OR kind STREQUAL "services")
      target_compile_options(${carrier} PRIVATE ${generated_options})
      target_precompile_headers(${carrier} PRIVATE ${precompiled_generated})
    else()
      target_compile_options(${carrier} PRIVATE ${RAPPORT_WARNINGS})
      target_precompile_headers(${carrier} PRIVATE ${precompiled_std} ${precompiled_protobuf})
    endif()
    if(kind STREQUAL "services")
      target_precompile_headers(${carrier} PRIVATE ${precompiled_generated_services})
    elseif(kind STREQUAL "test")
      target_compile_options(${carrier} PRIVATE ${rapport_test_options})
      target_precompile_headers(${carrier} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${carrier})
endfunction()
