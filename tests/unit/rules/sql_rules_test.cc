// Every SQL statement of the services and every migration is in the dialect that all engines speak.
// Reads the sources; and shows of each rule that it fires.
#include "unit/rules/sql_rules.h"

#include "unit/rules/source_strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace rapport::sql {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// Statements that may leave out agency_id = $n, by how they begin, each with its reason.
struct Exception {
  const char* begin;
  const char* reason;
};
constexpr Exception kAcrossAgencies[] = {
    {"SELECT agency_id, version, wrapped FROM agency_key ORDER BY agency_id",
     "a process opens every agency's key at start, and rotation walks them all"},
    {"SELECT agency_id FROM audit_head WHERE agency_id > $1 ORDER BY agency_id",
     "the relay delivers for every agency that ever wrote"},
    {"SELECT agency_id, family_id, erased_us FROM erasure ORDER BY agency_id",
     "a process erases again at start what a backup brought back"},
    {"SELECT agency_id FROM agency_key", "a restore asks whose keys there are"},
    {"SELECT outbox_sequence FROM audit_head ORDER BY outbox_sequence DESC LIMIT 1",
     "a restore begins a history of events that is newer than every agency's"},
    {"UPDATE audit_head SET outbox_sequence = $1", "and gives it to every agency"},
};

// Not in the dialect, or not bound to an agency, by nature.
constexpr const char* kOfTheirOwn[] = {
    // Catalogue, policies and rights: what an engine has beside the dialect, and only its driver
    // asks for.
    "platform/db/postgres_schema.cc",
    // Whole tables, of all agencies: statements are put together from the migrations.
    "admin/table_rows.cc",
};

struct Found {
  std::string where;
  std::string text;
  Place place;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Found> AllSql() {
  std::vector<Found> all;
  const fs::path services = fs::path(std::getenv("RAPPORT_SOURCE")) / "services";
  for (const auto& entry : fs::recursive_directory_iterator(services)) {
    const fs::path& path = entry.path();
    const std::string name = path.lexically_relative(services).string();
    if (std::ranges::find(kOfTheirOwn, name) != std::end(kOfTheirOwn)) continue;
    if (path.extension() == ".sql") {
      all.push_back({name, ReadFile(path), Place::kMigration});
    } else if (path.extension() == ".cc" || path.extension() == ".h") {
      const Place place = name.starts_with("platform/db/") ? Place::kDriver : Place::kService;
      for (const SourceString& string : StringsOf(ReadFile(path))) {
        if (!LooksLikeSql(string.text)) continue;
        all.push_back({name + ":" + std::to_string(string.line), string.text, place});
      }
    }
  }
  return all;
}

bool IsExcepted(const std::string& text, std::set<std::string>& used) {
  for (const Exception& exception : kAcrossAgencies) {
    if (!text.starts_with(exception.begin)) continue;
    used.insert(exception.begin);
    return true;
  }
  return false;
}

TEST(SqlRules, HoldForEveryStatement) {
  int migrations = 0, statements = 0;
  std::set<std::string> used;
  for (const Found& found : AllSql()) {
    ++(found.place == Place::kMigration ? migrations : statements);
    const std::string text = Flat(found.text);
    for (const Finding& finding : Check(found.text, found.place)) {
      if (finding.rule == "tenant" && IsExcepted(text, used)) continue;
      ADD_FAILURE() << found.where << ": " << finding.rule << ": " << finding.what << "\n  "
                    << (found.place == Place::kMigration ? "" : text);
    }
  }
  EXPECT_GT(migrations, 1);
  EXPECT_GT(statements, 30);
  EXPECT_EQ(used.size(), std::size(kAcrossAgencies)) << "an exception that nothing needs any more";
}

// The rules that `text` breaks.
std::vector<std::string> Broken(std::string_view text, Place place) {
  std::vector<std::string> rules;
  for (const Finding& finding : Check(text, place)) rules.push_back(finding.rule);
  return rules;
}

struct Bad {
  const char* rule;
  const char* sql;
};

class BadQuery : public testing::TestWithParam<Bad> {};
TEST_P(BadQuery, IsFound) {
  EXPECT_THAT(Broken(GetParam().sql, Place::kService), Contains(GetParam().rule)) << GetParam().sql;
}
constexpr Bad kBadQueries[] = {
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 FOR UPDATE"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 for update"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 AND name ILIKE $2"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 AND name LIKE $2"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 AND name like $2"},
    {"function", "SELECT id FROM t WHERE agency_id = $1 AND id = ANY($2)"},
    {"function", "SELECT id FROM t WHERE agency_id = $1 AND id = any ($2)"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 LIMIT 10 OFFSET 20"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 LIMIT 10 offset 20"},
    {"keyword", "INSERT OR REPLACE INTO t (agency_id) VALUES ($1)"},
    {"keyword", "WITH RECURSIVE r AS (SELECT 1) SELECT id FROM r WHERE agency_id = $1"},
    {"keyword", "SELECT id FROM t WHERE agency_id = $1 AND at_us < CURRENT_TIMESTAMP"},
    {"keyword", "PRAGMA user_version"},
    {"keyword", "SAVEPOINT mine"},
    {"keyword", "VACUUM"},
    {"function", "SELECT now() FROM t WHERE agency_id = $1"},
    {"function", "SELECT NOW() FROM t WHERE agency_id = $1"},
    {"function", "SELECT greatest(a, b) FROM t WHERE agency_id = $1"},
    {"function", "SELECT sum(score) FROM t WHERE agency_id = $1"},
    {"function", "SELECT avg(score) FROM t WHERE agency_id = $1"},
    {"function", "SELECT json_extract(payload, $2) FROM t WHERE agency_id = $1"},
    {"function", "SELECT nextval($2) FROM t WHERE agency_id = $1"},
    {"function", "SELECT random() FROM t WHERE agency_id = $1"},
    {"symbol", "SELECT id::text FROM t WHERE agency_id = $1"},
    {"symbol", "SELECT payload->>'name' FROM t WHERE agency_id = $1"},
    {"symbol", "SELECT id FROM t WHERE agency_id = $1 AND a == b"},
    {"symbol", "SELECT id FROM t WHERE agency_id = $1 AND a != b"},
    {"symbol", "SELECT id FROM t WHERE agency_id = $1 AND a = ?"},
    {"symbol", "SELECT id FROM t WHERE agency_id = $1 AND a = :name"},
    {"symbol", "SELECT `id` FROM t WHERE agency_id = $1"},
    {"symbol", "SELECT a / b FROM t WHERE agency_id = $1"},
    {"quoted name", "SELECT \"id\" FROM t WHERE agency_id = $1"},
    {"collation", "SELECT id FROM t WHERE agency_id = $1 ORDER BY id COLLATE \"C\""},
    {"parameters", "SELECT id FROM t WHERE agency_id = $1 AND id = $3"},
    {"parameters", "SELECT id FROM t WHERE agency_id = $2"},
    {"parameter type", "SELECT id FROM t WHERE agency_id = $1 AND ($2 IS NULL OR id = $2)"},
    {"cast", "SELECT CAST(id AS BYTEA) FROM t WHERE agency_id = $1"},
    {"changing subquery",
     "WITH d AS (DELETE FROM t WHERE agency_id = $1 RETURNING id) SELECT id FROM d"},
    {"insert from select",
     "INSERT INTO t (agency_id) SELECT agency_id FROM u"
     " ON CONFLICT (agency_id) DO NOTHING"},
    {"upper-case", "select id from t where agency_id = $1"},
    {"upper-case", "SELECT id FROM t WHERE agency_id = $1 order by id"},
    {"tenant", "SELECT id FROM t WHERE id = $1"},
    {"tenant", "SELECT id FROM t WHERE agency_id > $1"},
    {"tenant", "UPDATE t SET a = $1"},
    {"tenant", "DELETE FROM t WHERE id IN (SELECT id FROM u)"},
    {"tenant", "INSERT INTO t (id, agency_id) VALUES ($1, $2)"},
    {"tenant", "INSERT INTO t (id) VALUES ($1)"},
    {"tenant", "INSERT INTO t (agency_id, id) SELECT agency_id, id FROM u WHERE id = $1"},
    {"tenant", "INSERT INTO t (agency_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"},
    {"tenant", "INSERT INTO t (agency_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING"},
};
INSTANTIATE_TEST_SUITE_P(Each, BadQuery, testing::ValuesIn(kBadQueries));

class BadMigration : public testing::TestWithParam<Bad> {};
TEST_P(BadMigration, IsFound) {
  EXPECT_THAT(Broken(GetParam().sql, Place::kMigration), Contains(GetParam().rule))
      << GetParam().sql;
}
constexpr Bad kBadMigrations[] = {
    {"type", "CREATE TABLE t (agency_id VARCHAR NOT NULL, PRIMARY KEY (agency_id));"},
    {"type", "CREATE TABLE t (agency_id INTEGER NOT NULL, PRIMARY KEY (agency_id));"},
    {"type", "ALTER TABLE t ADD COLUMN a REAL NOT NULL DEFAULT 0;"},
    {"not null",
     "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL, a BIGINT, PRIMARY KEY (agency_id));"},
    {"not null", "ALTER TABLE t ADD COLUMN a BIGINT DEFAULT 0;"},
    {"not null", "ALTER TABLE t ADD COLUMN a BIGINT NOT NULL;"},
    {"tenant",
     "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL, id BIGINT NOT NULL,"
     " PRIMARY KEY (id, agency_id));"},
    {"tenant", "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL);"},
    {"tenant", "CREATE TABLE t (id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY);"},
    {"tenant",
     "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL, id BIGINT NOT NULL UNIQUE,"
     " PRIMARY KEY (agency_id));"},
    {"tenant",
     "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL, id BIGINT NOT NULL, UNIQUE (id),"
     " PRIMARY KEY (agency_id));"},
    {"tenant",
     "CREATE TABLE t (agency_id TEXT COLLATE \"C\" NOT NULL, id BIGINT NOT NULL,"
     " FOREIGN KEY (id) REFERENCES u (id), PRIMARY KEY (agency_id));"},
    {"tenant", "CREATE INDEX i ON t (id, agency_id);"},
    {"tenant", "CREATE UNIQUE INDEX i ON t (id);"},
    {"collation", "CREATE TABLE t (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"},
    {"collation",
     "CREATE TABLE t (agency_id TEXT COLLATE NOCASE NOT NULL, PRIMARY KEY (agency_id));"},
    {"keyword", "CREATE TABLE t (id BIGINT PRIMARY KEY AUTOINCREMENT);"},
    {"keyword", "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY);"},
    {"keyword", "CREATE SEQUENCE s;"},
    {"keyword", "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;"},
    {"keyword", "CREATE TEMP TABLE t (a TEXT NOT NULL);"},
    {"keyword", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a BIGINT NOT NULL DEFAULT 0;"},
    {"keyword", "PRAGMA journal_mode=DELETE;"},
    {"statement", "ALTER TABLE t DROP COLUMN a;"},
    {"statement", "SELECT a FROM t;"},
    {"parameters", "UPDATE t SET a = $1;"},
};
INSTANTIATE_TEST_SUITE_P(Each, BadMigration, testing::ValuesIn(kBadMigrations));

TEST(SqlRules, LetPassWhatEveryEngineSpeaks) {
  for (const char* sql : {
           "SELECT id, count(*) FROM t WHERE agency_id = $1 AND (at_us, id) > ($2, $3)"
           " GROUP BY id HAVING count(*) > 1 ORDER BY at_us DESC NULLS LAST, id LIMIT $4",
           "INSERT INTO t (agency_id, id, version) VALUES ($1, $2, 1)"
           " ON CONFLICT (agency_id, id) DO UPDATE SET version = t.version + 1 RETURNING version",
           "UPDATE t SET version = version + 1 WHERE agency_id = $1 AND id = $2 AND version = $3"
           " RETURNING version",
           "SELECT a.id FROM t AS a JOIN u AS b ON a.id = b.id WHERE a.agency_id = $1",
           "SELECT coalesce(max(sequence), 0) FROM outbox WHERE agency_id = $1",
           "WITH newest AS (SELECT id FROM t WHERE agency_id = $1) SELECT id FROM newest",
           "INSERT INTO t (agency_id, id) SELECT agency_id, id FROM u WHERE agency_id = $1"
           " ON CONFLICT (agency_id, id) DO NOTHING",
           "SELECT CASE WHEN state = 2 THEN TRUE ELSE FALSE END FROM t WHERE agency_id = $1",
       }) {
    EXPECT_THAT(Broken(sql, Place::kService), IsEmpty()) << sql;
  }
  EXPECT_THAT(Broken("-- ILIKE; in a comment\n"
                     "CREATE TABLE IF NOT EXISTS t (agency_id TEXT COLLATE \"C\" NOT NULL,"
                     " flag BOOLEAN NOT NULL DEFAULT FALSE, words TEXT NOT NULL,"
                     " payload BYTEA NOT NULL, CHECK (words <> 'LIKE; now()'),"
                     " PRIMARY KEY (agency_id));\n"
                     "CREATE INDEX i ON t (agency_id, flag);"
                     "ALTER TABLE t ADD COLUMN n BIGINT NOT NULL DEFAULT 0;"
                     "UPDATE t SET n = 1 WHERE flag;",
                     Place::kMigration),
              IsEmpty());
  EXPECT_THAT(Broken("PRAGMA query_only=ON; BEGIN IMMEDIATE", Place::kDriver), IsEmpty());
}

TEST(SqlRules, KnowSqlFromOtherText) {
  for (const char* sql :
       {"SELECT 1", "  INSERT INTO t", "UPDATE t SET a", "DELETE FROM t", "CREATE TABLE t",
        "WITH a AS", "PRAGMA x", "VACUUM", "select a from t", "insert into t", "COMMIT"}) {
    EXPECT_TRUE(LooksLikeSql(sql)) << sql;
  }
  for (const char* text :
       {"COMMIT_UNKNOWN", "UPDATED", "CREATED", "select a family from the list", "SELECTED",
        "with care", "update the note", "BEGIN CERTIFICATE", "DELETE", "a SELECT 1"}) {
    EXPECT_FALSE(LooksLikeSql(text)) << text;
  }
}

TEST(SourceStrings, AreJoinedAsTheCompilerJoinsThem) {
  const auto texts = [](std::string_view source) {
    std::vector<std::string> all;
    for (const SourceString& string : StringsOf(source)) all.push_back(string.text);
    return all;
  };
  EXPECT_THAT(texts("a(\"one\" /* not \"this\" */\n  \" two\"); b(\"three\");"),
              ElementsAre("one two", "three"));
  EXPECT_THAT(texts("// \"no\"\nchar c = '\"'; int n = 5'000; f(\"yes\", '\\'', \"a\\\"b\");"),
              ElementsAre("yes", "a\"b"));
  EXPECT_THAT(texts("R\"(raw \"text\")\" R\"sql(; SELECT)sql\""),
              ElementsAre("raw \"text\"; SELECT"));
  EXPECT_THAT(texts("#define COLUMNS \"a,\" \\\n  \" b\"\nf(\"SELECT \" COLUMNS \" FROM t\");"),
              ElementsAre("SELECT a, b FROM t"));
  EXPECT_EQ(StringsOf("\n\nf(\"third line\")").front().line, 3);
}

}  // namespace
}  // namespace rapport::sql
