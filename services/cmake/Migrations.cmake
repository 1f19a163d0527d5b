# rapport_embed_migrations(target folder namespace): puts the files NNNN_name[.backfill|.contract].sql of `folder` into
# `target` as `const rapport::db::MigrationSet& namespace::Migrations()`. The component is the
# namespace's last part. Declared in a generated header beside the folder's place in the tree:
#
#   rapport_embed_migrations(rapport_crypto migrations rapport::crypto)
#   #include "platform/crypto/migrations.h"
function(rapport_embed_migrations target folder namespace)
  set(root ${CMAKE_SOURCE_DIR}/services)
  cmake_path(IS_PREFIX root ${CMAKE_CURRENT_SOURCE_DIR} is_service)
  if(NOT is_service)
    set(root ${CMAKE_SOURCE_DIR})
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${root} OUTPUT_VARIABLE place)
  set(out ${CMAKE_BINARY_DIR}/embedded/${place})
  string(REGEX REPLACE ".*::" "" component ${namespace})

  set(steps "")
  set(expected 1)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.sql)
  list(SORT files)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WLE)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+(\\.(backfill|contract))?$")
      message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql, .backfill.sql or .contract.sql")
    endif()
    math(EXPR number "1${CMAKE_MATCH_1} - 10000")
    if(NOT number EQUAL expected)
      message(FATAL_ERROR "${file}: expected number ${expected}; there are no gaps")
    endif()
    math(EXPR expected "${expected} + 1")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(SHA256 ${file} sha256)
    file(READ ${file} sql)
    string(APPEND steps "    {${number}, \"${name}\", \"${sha256}\", R\"sql(${sql})sql\"},\n")
  endforeach()
  if(NOT files)
    message(FATAL_ERROR "no migrations in ${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
  endif()

  file(CONFIGURE OUTPUT ${out}/migrations.h @ONLY CONTENT [[// Generated from the .sql files.
#pragma once

#include "platform/db/migrate.h"

namespace @namespace@ {
const rapport::db::MigrationSet& Migrations();
}
]])
  file(CONFIGURE OUTPUT ${out}/migrations.cc @ONLY CONTENT [[// Generated from the .sql files.
#include "@place@/migrations.h"

namespace @namespace@ {
namespace {
constexpr rapport::db::Migration kSteps[] = {
@steps@};
constexpr rapport::db::MigrationSet kSet{"@component@", kSteps};
}  // namespace
const rapport::db::MigrationSet& Migrations() { return kSet; }
}  // namespace @namespace@
]])
  target_sources(${target} PRIVATE ${out}/migrations.cc)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/embedded)
endfunction()
