// What the common dialect becomes in SQLite, and what it must leave alone.
#include "platform/db/sqlite_dialect.h"

#include <gtest/gtest.h>

namespace rapport::db {
namespace {

TEST(SqliteDialect, TypesAndStrictTables) {
  EXPECT_EQ(ToSqlite("CREATE TABLE t (\n  a BIGINT NOT NULL,\n  b BOOLEAN, c BYTEA, d TEXT\n);\n"),
            "CREATE TABLE t (\n  a INTEGER NOT NULL,\n  b INTEGER, c BLOB, d TEXT\n) STRICT;\n");
  EXPECT_EQ(ToSqlite("CREATE TABLE IF NOT EXISTS t (a TEXT)"),
            "CREATE TABLE IF NOT EXISTS t (a TEXT) STRICT");
}

TEST(SqliteDialect, OnlyTablesAreStrict) {
  EXPECT_EQ(ToSqlite("CREATE INDEX i ON t (a);CREATE TABLE t (a TEXT);DROP TABLE t;"),
            "CREATE INDEX i ON t (a);CREATE TABLE t (a TEXT) STRICT;DROP TABLE t;");
  EXPECT_EQ(ToSqlite("ALTER TABLE t ADD COLUMN a BIGINT NOT NULL DEFAULT 0;"),
            "ALTER TABLE t ADD COLUMN a INTEGER NOT NULL DEFAULT 0;");
}

TEST(SqliteDialect, ByteOrderIsSqlitesOwn) {
  EXPECT_EQ(ToSqlite("CREATE TABLE t (a TEXT COLLATE \"C\" NOT NULL);"),
            "CREATE TABLE t (a TEXT  NOT NULL) STRICT;");
}

TEST(SqliteDialect, NamesThatContainATypeStay) {
  EXPECT_EQ(ToSqlite("SELECT BIGINT_a, aBYTEA FROM t;"), "SELECT BIGINT_a, aBYTEA FROM t;");
}

TEST(SqliteDialect, StringsNamesAndCommentsStay) {
  for (const char* text :
       {"INSERT INTO t VALUES ('BIGINT; it''s BYTEA');", "SELECT \"BIGINT\" FROM t;",
        "-- CREATE TABLE BIGINT ;\n", "/* BYTEA ; */ SELECT 1;", "/*/ BYTEA */", "'BIGINT",
        "/* BYTEA", "-- BYTEA"}) {
    EXPECT_EQ(ToSqlite(text), text);
  }
  EXPECT_EQ(ToSqlite("-- a comment\nCREATE TABLE t (a BIGINT); -- BIGINT"),
            "-- a comment\nCREATE TABLE t (a INTEGER) STRICT; -- BIGINT");
}

}  // namespace
}  // namespace rapport::db
