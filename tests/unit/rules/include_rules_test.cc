// Which library may include what. Reads every #include line under services/ and fails on one that
// reaches where it may not. The rules are the table below; each is proven to fire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace rapport {
namespace {

namespace fs = std::filesystem;

// Files whose path matches `where` must not have an include that matches `what`, but for `except`.
struct Rule {
  const char* name;
  const char* where;
  const char* what;
  const char* except = "";
};

constexpr Rule kRules[] = {
    {"base knows nothing", "^platform/base/",
     "^(platform/(?!base/)|google/|grpc|rapport/|sqlite3|hiredis)"},
    {"schema, crypto, db, cache, records, audit do not know gRPC",
     "^platform/(schema|crypto|db|cache|records|audit)/",
     "^(grpc|grpcpp/|platform/rpc/|platform/runtime/(?!telemetry))"},
    {"only db includes SQLite and libpq", "^(?!platform/db/)", "^(sqlite3|libpq)"},
    {"only cache includes hiredis", "^(?!platform/cache/)", "^hiredis/"},
    {"only rpc, runtime, the x_rpc files and the clients know gRPC",
     "^(?!platform/(rpc|runtime)/|[a-z]+/[a-z]+_rpc\\.|cli/|[a-z]+/main\\.cc)",
     "^(grpc/|grpcpp/|.*\\.grpc\\.pb\\.h)", "^grpc/health/"},
    {"rules are pure", "^[a-z]+/([a-z_]+_)?rules",
     "^(platform/(?!base/)|grpc|[a-z]+/[a-z_]+_(service|store|rpc))"},
    {"scoring and signals are pure", "^alliance/(scoring|signals)/",
     "^(platform/(?!base/)|grpc|alliance/(?!scoring/|signals/))"},
    {"the platform does not know the services", "^platform/",
     "^(intake|notes|goals|alliance|cli|admin)/"},
    {"intake includes no other service", "^intake/", "^(notes|goals|alliance|cli)/"},
    {"notes includes no other service", "^notes/", "^(intake|goals|alliance|cli)/"},
    {"goals includes no other service", "^goals/", "^(intake|notes|alliance|cli)/"},
    {"alliance includes no other service", "^alliance/", "^(intake|notes|goals|cli)/"},
    {"clients see protos only, and the pure judge of definitions", "^cli/",
     "^(intake|notes|goals|alliance)/", "^alliance/instruments/diagnose\\.h$"},
};

// Made once: there are thousands of includes.
const std::regex& Pattern(const char* text) {
  static std::map<std::string_view, std::regex> known;
  return known.try_emplace(text, text).first->second;
}

bool Breaks(const Rule& rule, const std::string& file, const std::string& include) {
  return std::regex_search(file, Pattern(rule.where)) &&
         std::regex_search(include, Pattern(rule.what)) &&
         !(*rule.except != '\0' && std::regex_search(include, Pattern(rule.except)));
}

std::vector<std::string> IncludesOf(const fs::path& file) {
  static const std::regex kInclude("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> includes;
  std::ifstream in(file);
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

TEST(IncludeRules, NoLibraryReachesWhereItMayNot) {
  const fs::path services = fs::path(std::getenv("RAPPORT_SOURCE")) / "services";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(services)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    ++files;
    const std::string name = fs::relative(entry.path(), services);
    for (const std::string& include : IncludesOf(entry.path())) {
      for (const Rule& rule : kRules) {
        EXPECT_FALSE(Breaks(rule, name, include))
            << name << " includes " << include << ", but: " << rule.name;
      }
    }
  }
  EXPECT_GT(files, 50);
}

TEST(IncludeRules, EachRuleFires) {
  const auto broken = [](const char* file, const char* include) {
    for (const Rule& rule : kRules) {
      if (Breaks(rule, file, include)) return std::string(rule.name);
    }
    return std::string("none");
  };
  EXPECT_THAT(broken("platform/base/x.h", "google/protobuf/message.h"), "base knows nothing");
  EXPECT_THAT(broken("platform/db/x.cc", "grpcpp/grpcpp.h"),
              testing::HasSubstr("do not know gRPC"));
  EXPECT_THAT(broken("notes/notes_store.cc", "sqlite3.h"), "only db includes SQLite and libpq");
  EXPECT_THAT(broken("platform/rpc/x.cc", "hiredis/async.h"), "only cache includes hiredis");
  EXPECT_THAT(broken("notes/notes_service.cc", "grpcpp/grpcpp.h"), testing::HasSubstr("know gRPC"));
  EXPECT_THAT(broken("intake/family_rules.cc", "platform/db/db.h"), "rules are pure");
  EXPECT_THAT(broken("alliance/scoring/score.cc", "alliance/alliance_store.h"),
              "scoring and signals are pure");
  EXPECT_THAT(broken("platform/rpc/x.cc", "notes/notes_service.h"),
              "the platform does not know the services");
  EXPECT_THAT(broken("notes/notes_service.cc", "intake/intake_rules.h"),
              "notes includes no other service");
  EXPECT_THAT(broken("cli/main.cc", "goals/goals_service.h"),
              "clients see protos only, and the pure judge of definitions");
  EXPECT_THAT(broken("cli/instrument_check.cc", "alliance/instruments/diagnose.h"), "none");
  EXPECT_THAT(broken("notes/notes_service.cc", "platform/records/records.h"), "none");
}

}  // namespace
}  // namespace rapport
