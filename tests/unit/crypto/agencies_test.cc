// The agencies file: every mistake is named with its line and what was expected.
#include "platform/crypto/agencies.h"

#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::crypto {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

const std::string kHarbour =
    "agencies:\n"
    "  - id: harbour\n"
    "    display_name: Harbour House\n"
    "    issuer: https://id.example.org\n"
    "    jwks: keys/harbour.json\n"
    "    time_zone: Europe/Berlin\n";

std::string Problem(const std::string& text) {
  const auto agencies = Agencies::Parse(text, "/etc/rapport/agencies.yaml");
  EXPECT_TRUE(absl::IsInvalidArgument(agencies.status())) << text << agencies.status();
  return std::string(agencies.status().message());
}

TEST(Agencies, TakesTheRequiredSettingsAndHasDefaultsForTheOthers) {
  const auto agencies = Agencies::Parse(kHarbour, "/etc/rapport/agencies.yaml");
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  ASSERT_EQ(agencies->all().size(), 1u);
  const Agency* harbour = agencies->Find("harbour");
  ASSERT_NE(harbour, nullptr);
  EXPECT_EQ(harbour->display_name, "Harbour House");
  EXPECT_EQ(harbour->issuer, "https://id.example.org");
  EXPECT_EQ(harbour->audience, "rapport");
  EXPECT_EQ(harbour->jwks, "/etc/rapport/keys/harbour.json");
  EXPECT_EQ(harbour->zone.name(), "Europe/Berlin");
  EXPECT_EQ(harbour->retention_years, 7);
  EXPECT_EQ(harbour->state, Agency::State::kActive);
  EXPECT_EQ(harbour->token_lifetime, seconds(900));
  EXPECT_EQ(harbour->stale_facts, seconds(60));
  EXPECT_FALSE(harbour->local_issuer);
  EXPECT_TRUE(harbour->require_mfa);
  EXPECT_EQ(agencies->Find("meadow"), nullptr);
}

TEST(Agencies, TakesEverySetting) {
  const auto agencies = Agencies::Parse(kHarbour +
                                            "    audience: other\n"
                                            "    retention_years: 30\n"
                                            "    jurisdiction: US-CA\n"
                                            "    assent_years: 12\n"
                                            "    safety_screen_days: 90\n"
                                            "    on_duty: olga, otto at night\n"
                                            "    emergency_contacts: call 555-0100\n"
                                            "    escalate_minutes: 5\n"
                                            "    state: closed\n"
                                            "    token_lifetime_seconds: 3600\n"
                                            "    stale_facts_seconds: 0\n"
                                            "    local_issuer: true\n"
                                            "    require_mfa: false\n",
                                        "agencies.yaml");
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  const Agency& harbour = agencies->all()[0];
  EXPECT_EQ(harbour.audience, "other");
  EXPECT_EQ(harbour.jwks, "keys/harbour.json");
  EXPECT_EQ(harbour.retention_years, 30);
  EXPECT_EQ(harbour.jurisdiction, "US-CA");
  EXPECT_EQ(harbour.assent_years, 12);
  EXPECT_EQ(harbour.safety_screen_days, 90);
  EXPECT_EQ(harbour.on_duty, (std::vector<std::string>{"olga", "otto at night"}));
  EXPECT_EQ(harbour.emergency_contacts, "call 555-0100");
  EXPECT_EQ(harbour.escalate_minutes, 5);
  EXPECT_EQ(harbour.state, Agency::State::kClosed);
  EXPECT_EQ(harbour.token_lifetime, seconds(3'600));
  EXPECT_EQ(harbour.stale_facts, seconds(0));
  EXPECT_TRUE(harbour.local_issuer);
  EXPECT_FALSE(harbour.require_mfa);
}

TEST(Agencies, MayBeNone) {
  const auto agencies = Agencies::Parse("agencies: []\n", "a");
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  EXPECT_TRUE(agencies->all().empty());
}

TEST(Agencies, NamesTheLineOfASettingThatIsWrong) {
  struct Case {
    const char* line;
    const char* expected;
  };
  for (const Case& c : {
           Case{"isuer: x", "no agency has a setting named isuer"},
           Case{"id: meadow", "id is given twice"},
           Case{"retention_years: 0", "retention_years: expected a whole number from 1 to 100"},
           Case{"assent_years: 19", "assent_years: expected a whole number from 0 to 18"},
           Case{"safety_screen_days: 0", "expected a whole number from 1 to 730"},
           Case{"on_duty: olga,", "on_duty: expected 1 to 20 subjects"},
           Case{"on_duty: olga, olga", "on_duty: expected 1 to 20 subjects"},
           Case{"emergency_contacts: ''", "emergency_contacts: expected one line"},
           Case{"escalate_minutes: 0", "expected a whole number from 1 to 1440"},
           Case{"retention_years: seven", "expected a whole number"},
           Case{"retention_years: 7.5", "expected a whole number"},
           Case{"retention_years: 99999999999999", "expected a whole number"},
           Case{"state: open", "state: expected active or closed"},
           Case{"token_lifetime_seconds: 59", "expected a whole number from 60 to 3600"},
           Case{"stale_facts_seconds: 61", "expected a whole number from 0 to 60"},
           Case{"stale_facts_seconds: -1", "expected a whole number from 0 to 60"},
           Case{"local_issuer: yes", "local_issuer: expected true or false"},
           Case{"require_mfa: 1", "require_mfa: expected true or false"},
           Case{"audience: [rapport]", "audience: expected one value"},
           Case{"audience: ''", "audience: expected one line"},
           Case{"audience: \"a\\nb\"", "audience: expected one line"},
           Case{"[a]: b", "expected the name of a setting"},
       }) {
    const std::string problem = Problem(kHarbour + "    " + c.line + "\n");
    EXPECT_THAT(problem, HasSubstr("/etc/rapport/agencies.yaml:7: ")) << c.line;
    EXPECT_THAT(problem, HasSubstr(c.expected)) << c.line;
  }
}

TEST(Agencies, NamesTheLineOfARequiredSettingThatIsWrong) {
  const auto with = [](std::string from, std::string to) {
    std::string text = kHarbour;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(Problem(with("id: harbour", "id: Harbour")), HasSubstr(":2: id: expected a-z"));
  EXPECT_THAT(Problem(with("id: harbour", "id: 7")), HasSubstr(":2: id: expected a-z"));
  EXPECT_THAT(Problem(with("id: harbour", "id: " + std::string(64, 'a'))), HasSubstr(":2: id:"));
  EXPECT_THAT(Problem(with("Europe/Berlin", "Europe/Atlantis")), HasSubstr(":6: time_zone:"));
  for (const char* name : {"display_name", "issuer", "jwks", "time_zone"}) {
    std::string text = kHarbour;
    const std::size_t at = text.find(std::string("    ") + name);
    text.erase(at, text.find('\n', at) + 1 - at);
    EXPECT_THAT(Problem(text), HasSubstr(std::string(":2: the agency has no ") + name));
  }
}

TEST(Agencies, LongTokensNeedALocalIssuer) {
  EXPECT_THAT(Problem(kHarbour + "    token_lifetime_seconds: 901\n"),
              HasSubstr("above 900 only with local_issuer"));
}

TEST(Agencies, AnIdIsGivenOnce) {
  const std::string entry = kHarbour.substr(kHarbour.find("  - "));
  EXPECT_THAT(Problem(kHarbour + entry), HasSubstr(":7: agency harbour is given twice"));
}

TEST(Agencies, RefusesOtherShapes) {
  for (const char* text :
       {"", "agencies:\n", "agencies: none\n", "- id: harbour\n", "agencies: []\nother: 1\n",
        "agencies: []\n---\nagencies: []\n", "agencies: [1]\n", "agencies: [[]]\n"}) {
    EXPECT_THAT(Problem(text), HasSubstr("expected")) << text;
  }
  EXPECT_THAT(Problem("agencies:\n  - id: [\n"), HasSubstr("agencies.yaml:"));
}

TEST(Agencies, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_FALSE(Agencies::Parse(std::string(100'000, '['), "a").ok());
}

TEST(Agencies, SaysWhyAFileCannotBeRead) {
  const ScratchFolder folder;
  const auto agencies = Agencies::Load(folder / "none.yaml");
  EXPECT_TRUE(absl::IsFailedPrecondition(agencies.status()));
  EXPECT_THAT(std::string(agencies.status().message()), HasSubstr("No such file"));
}

TEST(Agencies, ReadsBackTheEntryItWrites) {
  Agency agency;
  agency.id = "meadow";
  agency.display_name = "Meadow: \"the\" #1 house, Zürich";
  agency.issuer = "https://id.example.org/realms/a?b=c&d";
  agency.jwks = "/var/lib/keys: of/meadow.json";
  agency.time_zone = "America/Argentina/Buenos_Aires";
  agency.retention_years = 12;
  agency.assent_years = 14;
  agency.safety_screen_days = 30;
  agency.on_duty = {"auth0|olga", "otto: \"the\" second"};
  agency.emergency_contacts = "Meadow: \"at any hour\" #555-0100";
  agency.escalate_minutes = 20;
  agency.token_lifetime = seconds(1'800);
  agency.stale_facts = seconds(5);
  agency.local_issuer = true;
  agency.require_mfa = false;
  const auto agencies = Agencies::Parse(kHarbour + AgencyEntry(agency), "a");
  ASSERT_TRUE(agencies.ok()) << agencies.status() << AgencyEntry(agency);
  const Agency* read = agencies->Find("meadow");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(AgencyEntry(*read), AgencyEntry(agency));
  EXPECT_EQ(read->display_name, agency.display_name);
  EXPECT_EQ(read->on_duty, agency.on_duty);
}

}  // namespace
}  // namespace rapport::crypto
