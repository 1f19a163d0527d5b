// I11: every table that knows a family is emptied of it by an erasure, or is kept for a reason.
// Reads the migrations and the SQL of the services.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace rapport::sql {
namespace {

namespace fs = std::filesystem;

// What outlives a family, and why.
const std::map<std::string, std::string> kKept = {
    {"audit", "who did and saw what stays known, under pseudonyms"},
    {"erasure", "says that the family was erased"},
    {"family_revision", "moved on, so that no write from before is stored after"},
    {"inbox", "sequences only; keeps events from being applied twice"},
    {"parked", "what waits is the erasure's own event"},
};

fs::path Services() { return fs::path(std::getenv("RAPPORT_SOURCE")) / "services"; }

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> TablesOfFamilies() {
  std::set<std::string> tables;
  static const std::regex table(R"(CREATE TABLE (\w+) \(([^;]*)\);)");
  for (const auto& entry : fs::recursive_directory_iterator(Services())) {
    if (entry.path().extension() != ".sql") continue;
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), table), end; it != end; ++it) {
      if ((*it)[2].str().find("family_id") != std::string::npos) tables.insert((*it)[1]);
    }
  }
  return tables;
}

TEST(ErasedTablesI11, NoTableThatKnowsAFamilyIsForgotten) {
  const std::string erasing = ReadFile(Services() / "platform/records/erased_rows.cc") +
                              ReadFile(Services() / "platform/crypto/key_store.cc");
  const std::set<std::string> tables = TablesOfFamilies();
  EXPECT_GE(tables.size(), 10u);
  for (const std::string& table : tables) {
    const bool erased = erasing.find("DELETE FROM " + table + " WHERE") != std::string::npos;
    EXPECT_NE(erased, kKept.contains(table)) << table;
  }
  for (const auto& [table, reason] : kKept) {
    EXPECT_TRUE(tables.contains(table)) << table << " is kept (" << reason << ") but is not there";
  }
}

}  // namespace
}  // namespace rapport::sql
