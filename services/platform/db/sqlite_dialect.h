// The common dialect, written as SQLite wants it.
//
// Types: BIGINT and BOOLEAN become INTEGER, BYTEA becomes BLOB; every table becomes STRICT, so that
// SQLite refuses a wrong type as PostgreSQL does. Strings and comments stay as they are. Used by
// the driver for Tx::Script. Pure.
#pragma once

#include <string>
#include <string_view>

namespace rapport::db {

std::string ToSqlite(std::string_view statements);

}  // namespace rapport::db
