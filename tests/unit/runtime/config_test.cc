#include "platform/runtime/config.h"

#include "platform/base/services.h"
#include "platform/base/strings.h"
#include "platform/runtime/config_schema.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace rapport::runtime {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    for (const char* file : {"agencies.yaml", "pem", "key", "secret", "kek"}) {
      WriteText(folder_ / file, "content");
    }
    complete_ = {{"agencies", folder_ / "agencies.yaml"},     {"api-address", "127.0.0.1:8443"},
                 {"mesh-address", "127.0.0.1:8444"},          {"health-address", "127.0.0.1:8081"},
                 {"api-certificate", folder_ / "pem"},        {"api-key", folder_ / "key"},
                 {"mesh-certificate", folder_ / "pem"},       {"mesh-key", folder_ / "key"},
                 {"mesh-authority", folder_ / "pem"},         {"suite-secret", folder_ / "secret"},
                 {"key-encryption-key", folder_ / "kek"},     {"database", folder_ / "notes.db"},
                 {"keys-database", folder_ / "notes.keys.db"}};
    invocation_.service = "notes";
  }

  // Everything required, as flags.
  void GiveFlags() {
    for (const auto& [name, text] : complete_) Flag(name, text);
  }
  void Flag(const std::string& name, const std::string& text) {
    invocation_.arguments.push_back("--" + name);
    invocation_.arguments.push_back(text);
  }
  // Everything required, as a file, with `more` at its end.
  void GiveFile(const std::string& more = "") {
    std::string text;
    for (const auto& [name, value] : complete_) {
      text += internal::FileName(name) + ": '" + value + "'\n";
    }
    WriteText(folder_ / "config.yaml", text + more);
    Flag("config", folder_ / "config.yaml");
  }
  std::string Faults() const { return std::string(LoadConfig(invocation_).status().message()); }
  Config Loaded() const {
    const auto loaded = LoadConfig(invocation_);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? loaded->config : Config();
  }

  ScratchFolder folder_;
  std::vector<std::pair<std::string, std::string>> complete_;
  Invocation invocation_;
};

TEST_F(ConfigTest, KnowsThePeersOfTheSuiteAndNoOthers) {
  Config config;
  for (const char* service : kServices) {
    EXPECT_THAT(PeerAddress(config, service).status().message(),
                HasSubstr(Concat({"peer-", service, ": is required"})));
  }
  config.peer_notes = "notes:8444";
  config.peer_alliance = "alliance:8444";
  EXPECT_EQ(*PeerAddress(config, "notes"), "notes:8444");
  EXPECT_EQ(*PeerAddress(config, "alliance"), "alliance:8444");
  for (const char* stranger : {"", "note", "Alliance", "billing"}) {
    EXPECT_THAT(PeerAddress(config, stranger).status().message(), HasSubstr("no service of this"))
        << "and is not sent to alliance, as it once was";
  }
}

TEST_F(ConfigTest, NeedsOnlyWhatIsRequired) {
  GiveFlags();
  const Config config = Loaded();
  EXPECT_EQ(config.api_address, "127.0.0.1:8443");
  EXPECT_EQ(config.database, folder_ / "notes.db");
  EXPECT_EQ(config.redis, "");
  EXPECT_EQ(config.log_level, telemetry::Level::kInfo);
  EXPECT_EQ(config.max_in_flight, 4'096);
  EXPECT_EQ(config.process_cache_entries, 20'000);
  EXPECT_EQ(config.lame_duck, seconds(5));
  EXPECT_EQ(config.drain, seconds(20));
  EXPECT_FALSE(config.stop_with_parent);
}

TEST_F(ConfigTest, AFlagWinsOverTheEnvironmentThatOverTheFileThatOverTheDefault) {
  GiveFile("lame_duck_seconds: 1\ndrain_seconds: 2\nmax_in_flight: 3\n");
  invocation_.environment = {"RAPPORT_LAME_DUCK_SECONDS=10", "RAPPORT_DRAIN_SECONDS=20"};
  Flag("lame-duck-seconds", "100");
  const Config config = Loaded();
  EXPECT_EQ(config.lame_duck, seconds(100));
  EXPECT_EQ(config.drain, seconds(20));
  EXPECT_EQ(config.max_in_flight, 3);
}

TEST_F(ConfigTest, TheFileMayBeNamedByTheEnvironment) {
  GiveFile();
  invocation_.arguments.clear();
  invocation_.environment = {"RAPPORT_CONFIG=" + (folder_ / "config.yaml")};
  EXPECT_EQ(Loaded().api_address, "127.0.0.1:8443");
}

TEST_F(ConfigTest, SaysEverythingThatIsMissing) {
  invocation_.also_required = {"peer-intake"};
  const std::string faults = Faults();
  for (const auto& [name, text] : complete_) EXPECT_THAT(faults, HasSubstr(name + ": is required"));
  EXPECT_THAT(faults, HasSubstr("peer-intake: is required (--peer-intake, RAPPORT_PEER_INTAKE or "
                                "peer_intake in the file)"));
  EXPECT_THAT(faults, Not(HasSubstr("peer-goals")));
  EXPECT_EQ(std::count(faults.begin(), faults.end(), '\n'), 13);
}

TEST_F(ConfigTest, SaysEveryMistakeAtOnceAndWhereItCameFrom) {
  GiveFile("lame_duck_seconds: soon\nwhat_is_this: 1\nredis: [a, b]\nlog_level: loud\n");
  invocation_.environment = {"RAPPORT_DRAIN_SECONDS=601", "RAPPORT_HEALTH_ADDRESS=nowhere"};
  Flag("max-in-flight", "0");
  Flag("mesh-key", "/does/not/exist");
  Flag("no-such-flag", "1");
  const std::string faults = Faults();
  for (const std::string& fault : {
           std::string("--no-such-flag: no such setting (flag)"),
           "what_is_this: no such setting (" + (folder_ / "config.yaml") + ":15)",
           "redis: expected one value (" + (folder_ / "config.yaml") + ":16)",
           "log-level: expected debug, info, warn or error, found 'loud' (" +
               (folder_ / "config.yaml") + ":17)",
           "lame-duck-seconds: expected a whole number from 0 to 300, found 'soon' (" +
               (folder_ / "config.yaml") + ":14)",
           std::string("drain-seconds: expected a whole number from 0 to 600, found '601' "
                       "(environment RAPPORT_DRAIN_SECONDS)"),
           std::string("health-address: expected HOST:PORT or unix:PATH, found 'nowhere' "
                       "(environment RAPPORT_HEALTH_ADDRESS)"),
           std::string("max-in-flight: expected a whole number from 1 to 1000000, found '0' (flag "
                       "--max-in-flight)"),
           std::string("mesh-key: expected a file that is there and can be read, found "
                       "'/does/not/exist' (flag --mesh-key)"),
       }) {
    EXPECT_THAT(faults, HasSubstr(fault));
  }
}

TEST_F(ConfigTest, AFlagNeedsItsValueOnce) {
  GiveFlags();
  Flag("log-level", "info");
  Flag("log-level", "warn");
  invocation_.arguments.push_back("--redis");
  invocation_.arguments.push_back("--drain-seconds=");
  const std::string faults = Faults();
  EXPECT_THAT(faults, AllOf(HasSubstr("log-level: given 2 times (flag --log-level)"),
                            HasSubstr("redis: needs a value (flag --redis)"),
                            HasSubstr("drain-seconds: needs a value (flag --drain-seconds)")));
  EXPECT_EQ(std::count(faults.begin(), faults.end(), '\n'), 2) << faults;
}

TEST_F(ConfigTest, AWordThatIsNoFlagIsAMistake) {
  GiveFlags();
  invocation_.arguments.push_back("start");
  EXPECT_EQ(Faults(), "start: no such setting (flag)");
}

TEST_F(ConfigTest, ASwitchNeedsNoValueButTakesOne) {
  GiveFlags();
  invocation_.arguments.push_back("--allow-core-dumps");
  invocation_.arguments.push_back("--stop-with-parent=false");
  EXPECT_TRUE(Loaded().allow_core_dumps);
  EXPECT_FALSE(Loaded().stop_with_parent);
  invocation_.arguments.back() = "--stop-with-parent=perhaps";
  EXPECT_THAT(Faults(), HasSubstr("stop-with-parent: expected true or false, found 'perhaps'"));
}

TEST_F(ConfigTest, AFileWithASettingTwiceIsRefused) {
  GiveFile("redis: a:1\nredis: b:1\n");
  EXPECT_THAT(Faults(), HasSubstr("redis: given twice (" + (folder_ / "config.yaml") + ":15)"));
}

TEST_F(ConfigTest, AFileThatIsNoYamlNamesTheLine) {
  GiveFile("redis: [open\n");
  EXPECT_THAT(Faults(), AllOf(HasSubstr((folder_ / "config.yaml") + ":"), HasSubstr("no YAML")));
}

TEST_F(ConfigTest, AFileThatIsAListIsRefused) {
  WriteText(folder_ / "list.yaml", "- a\n");
  Flag("config", folder_ / "list.yaml");
  EXPECT_THAT(Faults(), HasSubstr("list.yaml: expected lines of the form setting: value"));
}

TEST_F(ConfigTest, AFileThatIsNotThereIsRefused) {
  GiveFlags();
  Flag("config", folder_ / "none.yaml");
  EXPECT_EQ(Faults(), (folder_ / "none.yaml") + ": can't be read (--config)");
}

TEST_F(ConfigTest, AFolderInPlaceOfTheFileIsRefused) {
  GiveFlags();
  Flag("config", folder_.path());
  EXPECT_EQ(Faults(), (folder_.path()) + ": can't be read (--config)");
}

TEST_F(ConfigTest, AnEmptyFileAndEmptyVariablesChangeNothing) {
  GiveFlags();
  WriteText(folder_ / "empty.yaml", "# nothing\n");
  Flag("config", folder_ / "empty.yaml");
  invocation_.environment = {"RAPPORT_REDIS=", "RAPPORT_LOG_LEVEL="};
  EXPECT_EQ(Loaded().redis, "");
}

TEST_F(ConfigTest, VariablesThatAreNoSettingAreTold) {
  GiveFlags();
  invocation_.environment = {"RAPPORT_REDDIS=a:1", "PATH=/bin", "RAPPORT_INTAKE_PORT=tcp://1"};
  const auto loaded = LoadConfig(invocation_);
  ASSERT_TRUE(loaded.ok());
  EXPECT_THAT(loaded->unknown_variables,
              testing::ElementsAre("RAPPORT_REDDIS", "RAPPORT_INTAKE_PORT"));
}

TEST_F(ConfigTest, AddressesAreChecked) {
  GiveFlags();
  for (const char* good : {"127.0.0.1:0", "[::1]:65535", "redis:6379", "unix:/run/redis.sock"}) {
    invocation_.environment = {std::string("RAPPORT_REDIS=") + good};
    EXPECT_EQ(Loaded().redis, good);
  }
  for (const char* bad : {"127.0.0.1", ":80", "a:65536", "a:-1", "::1:80", "a:b", "unix:", "a:"}) {
    invocation_.environment = {std::string("RAPPORT_REDIS=") + bad};
    EXPECT_THAT(Faults(), HasSubstr("redis: expected HOST:PORT")) << bad;
  }
}

TEST_F(ConfigTest, HelpNamesEverySettingItsVariableAndItsDefault) {
  invocation_.arguments = {"--help"};
  invocation_.also_required = {"peer-intake"};
  const auto loaded = LoadConfig(invocation_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const internal::Setting& setting : internal::Settings()) {
    EXPECT_THAT(loaded->print, HasSubstr("--" + std::string(setting.name)));
    EXPECT_THAT(loaded->print, HasSubstr(internal::VariableName(setting.name)));
  }
  EXPECT_THAT(loaded->print, HasSubstr("Default: 4096."));
  EXPECT_THAT(loaded->print, HasSubstr("rapport-notes"));
}

TEST_F(ConfigTest, VersionNeedsNothingElse) {
  invocation_.arguments = {"--version"};
  const auto loaded = LoadConfig(invocation_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->print, testing::StartsWith("rapport-notes "));
}

TEST_F(ConfigTest, PrintConfigIsAFileThatSaysTheSameAgain) {
  GiveFile("log_level: warn\n");
  invocation_.environment = {"RAPPORT_DRAIN_SECONDS=7"};
  Flag("redis", "unix:/run/it's.sock");
  invocation_.arguments.push_back("--print-config");
  const auto first = LoadConfig(invocation_);
  ASSERT_TRUE(first.ok()) << first.status();
  for (const char* line : {"log_level: 'warn'  # ", "drain_seconds: '7'  # environment RAPPORT_",
                           "redis: 'unix:/run/it''s.sock'  # flag --redis",
                           "lame_duck_seconds: '5'  # default", "# demo_clock: not set"}) {
    EXPECT_THAT(first->print, HasSubstr(line));
  }
  WriteText(folder_ / "printed.yaml", first->print);
  Invocation again{.service = "notes"};
  again.arguments = {"--config", folder_ / "printed.yaml"};
  const auto second = LoadConfig(again);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->config.redis, "unix:/run/it's.sock");
  EXPECT_EQ(second->config.drain, seconds(7));
}

TEST_F(ConfigTest, APasswordInAUrlIsNeverShown) {
  GiveFlags();
  invocation_.environment = {"RAPPORT_DATABASE=unused"};
  for (std::string& argument : invocation_.arguments) {
    if (argument == folder_ / "notes.db") argument = "postgresql://rapport:hunter2@db/notes";
  }
  invocation_.arguments.push_back("--print-config");
  const auto loaded = LoadConfig(invocation_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->print, HasSubstr("database: 'postgresql://(hidden)'"));
  EXPECT_THAT(loaded->print, Not(HasSubstr("hunter2")));
}

TEST(Settings, AreNamedOnceAndExplained) {
  std::set<std::string_view> names;
  for (const internal::Setting& setting : internal::Settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_FALSE(setting.meaning.empty()) << setting.name;
    EXPECT_FALSE(setting.required && !setting.fallback.empty()) << setting.name;
    Config config;
    if (!setting.fallback.empty()) {
      EXPECT_FALSE(Assign(setting, std::string(setting.fallback), config)) << setting.name;
    }
  }
}

TEST(InvocationOf, TakesWhatMainWasGiven) {
  char program[] = "rapport-notes", flag[] = "--help", variable[] = "A=B";
  char* arguments[] = {program, flag, nullptr};
  char* environment[] = {variable, nullptr};
  const Invocation invocation = InvocationOf("notes", 2, arguments, environment, {"redis"});
  EXPECT_THAT(invocation.arguments, testing::ElementsAre("--help"));
  EXPECT_THAT(invocation.environment, testing::ElementsAre("A=B"));
  EXPECT_THAT(invocation.also_required, testing::ElementsAre("redis"));
}

}  // namespace
}  // namespace rapport::runtime
