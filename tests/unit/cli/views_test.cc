// Tables of answers: every column points at something that its message has.
#include "cli/views.h"

#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rapport::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// The field that `path` ends at; null: the message has none.
const FieldDescriptor* FieldAt(const Descriptor* message, std::string_view path) {
  const FieldDescriptor* field = nullptr;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t to = std::min(path.find('.', from), path.size());
    if (message == nullptr) return nullptr;
    field = message->FindFieldByName(std::string(path.substr(from, to - from)));
    if (field == nullptr) return nullptr;
    message = field->message_type();
    from = to + 1;
  }
  return field;
}

TEST(Views, EveryMethodListAndColumnExists) {
  for (const View& view : Views()) {
    const auto* own = FindMethod(view.method);
    const auto* method = own == nullptr ? FindShared(view.method) : own;
    ASSERT_NE(method, nullptr) << view.method;
    for (const Section& section : view.sections) {
      const auto* list = FieldAt(method->output_type(), section.list);
      ASSERT_NE(list, nullptr) << view.method << " " << section.list;
      for (const Column& column : section.columns) {
        const auto* field = FieldAt(list->message_type(), column.path);
        ASSERT_NE(field, nullptr) << view.method << " " << column.path;
        if (column.prefix.empty() || field->enum_type() == nullptr) continue;
        for (int i = 0; i < field->enum_type()->value_count(); ++i) {
          EXPECT_THAT(field->enum_type()->value(i)->name(), testing::StartsWith(column.prefix));
        }
      }
    }
  }
}

class Printing : public testing::Test {
 protected:
  Printing() {
    setenv("TZ", "UTC", 1);
    people_.Add("families/1/members/2", "Bo");
  }

  std::string Printed(const Json& answer, const ViewStyle& style = {}) {
    std::ostringstream out;
    PrintView(view_, answer, people_, style, out);
    return out.str();
  }

  View view_{"x",
             "list",
             "",
             "",
             {{"entries",
               {{"who", "who"}, {"state", "state", "STATE_"}, {"when", "at"}, {"name", "name"}}}}};
  People people_;
};

TEST_F(Printing, PeopleHaveNamesStatesAreWordsTimesAreHere) {
  const std::string table = Printed({{"entries",
                                      {{{"who", {"families/1/members/2", "families/1/members/9"}},
                                        {"state", "STATE_ON_HOLD"},
                                        {"at", "2031-03-03T10:00:00Z"}}}}});
  EXPECT_THAT(table, HasSubstr("Bo, members/9"));
  EXPECT_THAT(table, HasSubstr("on hold"));
  EXPECT_THAT(table, HasSubstr("2031-03-03 10:00 UTC\n"));
}

TEST_F(Printing, ResourceNamesAreShownOnDemand) {
  const Json answer{{"entries", {{{"name", "families/1/goals/7"}}}}};
  EXPECT_THAT(Printed(answer), Not(HasSubstr("families/1/goals/7")));
  EXPECT_THAT(Printed(answer, {.names = true}), HasSubstr("families/1/goals/7"));
}

TEST_F(Printing, OnDemandEveryNameIsWholeForTheNextCommand) {
  const Json answer{{"consents",
                     {{{"name", "families/1/consents/0123456789"},
                       {"grantor", "families/1/members/2"},
                       {"witness", "families/1/members/9876543210"}}}}};
  std::ostringstream out;
  PrintAnswer(answer, people_, {.names = true}, out);
  EXPECT_THAT(out.str(), HasSubstr("families/1/consents/0123456789"));
  EXPECT_THAT(out.str(), HasSubstr("families/1/members/9876543210"));
  EXPECT_THAT(out.str(), HasSubstr("Bo"));
  out.str("");
  PrintAnswer({{"members", {{{"name", "families/1/members/2"}}}}}, people_, {.names = true}, out);
  EXPECT_THAT(out.str(), HasSubstr("families/1/members/2")) << "what has a name is not its person";
  View signals = view_;
  signals.sections[0].columns.pop_back();
  out.str("");
  PrintView(signals, {{"entries", {{{"who", "x"}, {"name", "families/1/signals/7"}}}}}, people_,
            {.names = true}, out);
  EXPECT_THAT(out.str(), HasSubstr("families/1/signals/7"));
}

// 42 CFR 2.32: it goes with the record, also where a table has no column for it.
TEST_F(Printing, ANoticeThatGoesWithARecordIsShownOnceBelowTheTable) {
  const Json entry{{"who", "families/1/members/2"}, {"redisclosure_notice", "not to be passed on"}};
  EXPECT_THAT(Printed({{"entries", {entry, entry}}}),
              testing::EndsWith("\n\nnot to be passed on\n"));
  EXPECT_THAT(Printed({{"entries", {{{"who", "families/1/members/2"}}}},
                       {"redisclosure_notice", "not to be passed on"}}),
              HasSubstr("not to be passed on"));
  EXPECT_THAT(Printed({{"entries", {entry}}}, {.csv = true}), Not(HasSubstr("passed on")));
}

TEST_F(Printing, NothingIsCutInAPipe) {
  std::string longer = "call ";
  for (int i = 0; i < 40; ++i) longer += "äö ";
  longer += "112";
  EXPECT_THAT(Printed({{"entries", {{{"who", longer}}}}}), HasSubstr(longer));
  std::ostringstream out;
  PrintAnswer({{"emergency_contacts", longer}}, people_, {}, out);
  EXPECT_THAT(out.str(), HasSubstr(longer));
}

TEST_F(Printing, ATerminalGetsLinesOfItsWidthAndEveryWord) {
  std::string words;
  for (int i = 10; i < 60; ++i) words += "word" + std::to_string(i) + " ";
  std::ostringstream out;
  PrintAnswer({{"notice", words}, {"n", 1}}, people_, {.width = 40}, out);
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(Width(line), 40) << line;
  for (int i = 10; i < 60; ++i) EXPECT_THAT(out.str(), HasSubstr("word" + std::to_string(i)));
}

TEST_F(Printing, ACodeThatBeginsWithANameIsShownWhole) {
  const std::string code = "families/1/ratingRequests/4cfa0012345#harbour." + std::string(200, 'x');
  std::ostringstream out;
  PrintAnswer({{"code", code}, {"of", "families/1/ratingRequests/4cfa0012345"}}, people_,
              {.width = 80}, out);
  EXPECT_THAT(out.str(), HasSubstr(code));
  EXPECT_THAT(out.str(), HasSubstr("ratingRequests/4cfa00\n"));
}

TEST_F(Printing, AsCsvTimesAreTheServices) {
  const Json answer{{"entries", {{{"at", "2031-03-03T10:00:00Z"}}}}};
  EXPECT_THAT(Printed(answer, {.csv = true}), HasSubstr("2031-03-03T10:00:00Z"));
}

TEST_F(Printing, AsCsvAnEmptyListHasItsHeader) {
  EXPECT_EQ(Printed(Json::object(), {.csv = true}), "who,state,when\n");
  EXPECT_EQ(Printed(Json::object(), {.names = true, .csv = true}), "who,state,when,name\n");
}

TEST(Nothing, IsSaidOfWhatThereIsNone) {
  const auto said = [](const char* method) { return NothingOf(*FindMethod(method)); };
  EXPECT_EQ(said("alliance/ListUrgentTasks"), "no urgent tasks");
  EXPECT_EQ(said("intake/ListConsents"), "no consents");
  EXPECT_EQ(said("alliance/ReportConcern"), "done");
  for (const Verb& verb : AllVerbs()) {
    if (verb.verb != "list" && verb.verb != "show") continue;
    EXPECT_NE(NothingOf(*verb.method), "done") << verb.noun;
  }
  const View& goals = *ViewOf("goals/ListGoals");
  std::ostringstream out;
  PrintView(goals, Json::object(), People(), {}, out);
  EXPECT_EQ(out.str(), "no goals\n");
}

TEST_F(Printing, ScoresHaveTwoDecimals) {
  const std::string table = Printed({{"entries", {{{"who", 56.20173672}, {"state", 3}}}}});
  EXPECT_THAT(table, HasSubstr("56.20"));
  EXPECT_THAT(table, Not(HasSubstr("56.201")));
  EXPECT_THAT(table, Not(HasSubstr("3.00")));
}

TEST_F(Printing, ATextOfSeveralLinesIsPrintedWholeBelowTheTable) {
  const std::string dot = "graph family {\n  a -- b [label=\"" + std::string(80, 'm') + "\"];\n}\n";
  std::ostringstream out;
  PrintAnswer({{"dot", dot}, {"members", 2}}, people_, {}, out);
  EXPECT_THAT(out.str(), HasSubstr("members"));
  EXPECT_THAT(out.str(), HasSubstr("\ndot\n" + dot));
}

TEST_F(Printing, OfAListThePartAndWhatIsSaidOfIt) {
  View stances = view_;
  stances.sections[0].columns = {{"who stands how", "cells", "STANCE_KIND_", "member", "kind"}};
  std::ostringstream out;
  PrintView(stances,
            {{"entries",
              {{{"cells",
                 {{{"member", "families/1/members/2"}, {"kind", "STANCE_KIND_ENDORSES"}},
                  {{"member", "families/1/members/9"}}}}}}}},
            people_, {}, out);
  EXPECT_THAT(out.str(), HasSubstr("Bo endorses, members/9"));
  stances.sections[0].columns[0].said_only = true;
  out.str("");
  PrintView(stances,
            {{"entries",
              {{{"cells",
                 {{{"member", "families/1/members/9"}},
                  {{"member", "families/1/members/2"}, {"kind", "STANCE_KIND_OBJECTS"}}}}}}}},
            people_, {}, out);
  EXPECT_THAT(out.str(), HasSubstr("Bo objects"));
  EXPECT_THAT(out.str(), Not(HasSubstr("members/9")));
}

// Commas are in what people write.
TEST_F(Printing, WordsAreToldApartAndWhoseTheyAreStandsBehindEach) {
  const View* tasks = ViewOf("alliance/ListUrgentTasks");
  ASSERT_NE(tasks, nullptr);
  const auto report = [](const char* words, const char* identity) {
    return Json{{"concern", {{"words", words}}}, {"identity", identity}};
  };
  std::ostringstream out;
  PrintView(
      *tasks,
      {{"urgent_tasks",
        {{{"reports",
           {report("please call, soon", "REPORTER_IDENTITY_CONFIRMED"),
            report("she is fine, really", "REPORTER_IDENTITY_NOT_THEIRS"),
            Json{{"concern", Json::object()}, {"identity", "REPORTER_IDENTITY_CONFIRMED"}}}}}}}},
      people_, {}, out);
  EXPECT_THAT(out.str(),
              HasSubstr("\"please call, soon\" confirmed; \"she is fine, really\" not theirs; "
                        "no words confirmed"));
}

TEST_F(Printing, WhoWasShownWhoseDataIsALineEach) {
  const View* shown = ViewOf("rapport.audit.v1.AuditService/GetDisclosures");
  ASSERT_NE(shown, nullptr);
  const Json answer{{"disclosures",
                     {{{"sequence", "7"},
                       {"subject", "families/1/members/2"},
                       {"recipient", "anna"},
                       {"viewer", "AUDIT_VIEWER_CARE_TEAM"},
                       {"method", "rapport.alliance.v1.AllianceService/GetAllianceMap"},
                       {"resource", "families/1/ratings/0123456789"},
                       {"first_time", "2031-03-03T10:00:00Z"},
                       {"covers_until_time", "2031-03-03T10:10:00Z"},
                       {"reason_code", "NIGHT_CALL"}},
                      {{"subject", "families/1"}, {"recipient", "service/billing"}}}}};
  std::ostringstream out;
  PrintView(*shown, answer, people_, {}, out);
  std::istringstream lines(out.str());
  std::string header, first, second, more;
  std::getline(lines, header);
  std::getline(lines, first);
  std::getline(lines, second);
  for (const char* word : {"anna", "care team", "2031-03-03 10:00 UTC", "Bo", "ratings/012345",
                           "get alliance map", "NIGHT_CALL"}) {
    EXPECT_THAT(first, HasSubstr(word));
  }
  EXPECT_THAT(second, HasSubstr("service/billing"));
  EXPECT_FALSE(std::getline(lines, more)) << more;
  out.str("");
  PrintView(*shown, answer, people_, {.csv = true}, out);
  EXPECT_THAT(out.str(), HasSubstr("rapport.alliance.v1.AllianceService/GetAllianceMap"));
}

TEST_F(Printing, AListInsideAListIsATableWithItsEntryBeforeIt) {
  const Json note{{"format", "NOTE_FORMAT_SOAP"},
                  {"sections",
                   {{{"kind", "SECTION_KIND_SUBJECTIVE"},
                     {"statements",
                      {{{"text", "Slept badly."}, {"about_member", "families/1/members/2"}},
                       {{"text", "Wants quiet."}}}}},
                    {{"kind", "SECTION_KIND_PLAN"}, {"statements", {{{"text", "Call."}}}}}}},
                  {"signatures", {{{"signer", "professionals/7"}, {"etag", "x"}}}}};
  std::ostringstream out;
  PrintAnswer({{"note", note}}, people_, {}, out);
  EXPECT_EQ(out.str(),
            "field   value\n"
            "format  soap\n"
            "\n"
            "sections.statements\n"
            "sections.kind  about_member  text\n"
            "subjective     Bo            Slept badly.\n"
            "                             Wants quiet.\n"
            "plan                         Call.\n"
            "\n"
            "signatures\n"
            "signer\n"
            "professionals/7\n");
}

TEST_F(Printing, NothingIsSaidToBeNothing) {
  EXPECT_EQ(Printed({{"entries", Json::array()}}), "nothing to show\n");
  EXPECT_EQ(Printed(Json::object()), "nothing to show\n");
}

TEST(JsonTree, PathsGoThroughFieldsIndexesAndTheEntryThatIsMeant) {
  const Json tree{{"list", {{{"who", "a"}, {"x", 1}}, {{"who", "b"}, {"x", 2}}}}};
  EXPECT_EQ(TextAt(tree, "list.1.x"), "2");
  EXPECT_EQ(TextAt(tree, "list.who=b.x"), "2");
  EXPECT_EQ(TextAt(tree, "list.who=c.x"), std::nullopt);
  EXPECT_EQ(TextAt(tree, "list.2"), std::nullopt);
  EXPECT_EQ(TextAt(tree, "list.x"), std::nullopt);
  EXPECT_EQ(TextAt(tree, "list.0.who.x"), std::nullopt);
}

TEST(JsonTree, APathIsCheckedAgainstWhatAnAnswerMayHave) {
  const auto leads = [](const char* method, const char* path) {
    return Leads(*FindMethod(method)->output_type(), path);
  };
  EXPECT_TRUE(leads("intake/CreateFamily", "family.name").ok());
  EXPECT_TRUE(leads("intake/CreateFamily", "family").ok());
  EXPECT_TRUE(leads("intake/ListFamilies", "families.0.display_name").ok());
  EXPECT_TRUE(leads("intake/ListFamilies", "families.state=FAMILY_STATE_OPEN.name").ok());
  for (const char* wrong : {"name", "", "family.", "family.create_time.seconds", "family.nosuch"}) {
    EXPECT_FALSE(leads("intake/CreateFamily", wrong).ok()) << wrong;
  }
  EXPECT_FALSE(leads("intake/ListFamilies", "families.name").ok()) << "of which one?";
  EXPECT_THAT(std::string(leads("intake/CreateFamily", "name").message()), HasSubstr("family"));
}

}  // namespace
}  // namespace rapport::cli
