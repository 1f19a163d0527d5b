// Tables of answers: every column points at something that its message has.
#include "cli/views.h"

#include "cli/json_tree.h"
#include "cli/methods.h"

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

TEST(Views, EveryMethodSubjectListAndColumnExists) {
  for (const View& view : Views()) {
    const auto* method = FindMethod(view.method);
    ASSERT_NE(method, nullptr) << view.method;
    if (!view.subject.empty()) {
      EXPECT_NE(FieldAt(method->input_type(), view.subject), nullptr) << view.method;
    }
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
  Printing() { people_.Add("families/1/members/2", "Bo"); }

  std::string Printed(const Json& answer, const ViewStyle& style = {}) {
    std::ostringstream out;
    PrintView(view_, answer, people_, style, out);
    return out.str();
  }

  View view_{"x",
             "list",
             "",
             "",
             "",
             {{"entries",
               {{"who", "who"}, {"state", "state", "STATE_"}, {"when", "at"}, {"name", "name"}}}}};
  People people_;
};

TEST_F(Printing, PeopleHaveNamesStatesAreWordsTimesEndAtTheMinute) {
  const std::string table = Printed({{"entries",
                                      {{{"who", {"families/1/members/2", "families/1/members/9"}},
                                        {"state", "STATE_ON_HOLD"},
                                        {"at", "2031-03-03T10:00:00Z"}}}}});
  EXPECT_THAT(table, HasSubstr("Bo, members/9"));
  EXPECT_THAT(table, HasSubstr("on hold"));
  EXPECT_THAT(table, HasSubstr("2031-03-03 10:00\n"));
}

TEST_F(Printing, ResourceNamesAreShownOnDemand) {
  const Json answer{{"entries", {{{"name", "families/1/goals/7"}}}}};
  EXPECT_THAT(Printed(answer), Not(HasSubstr("families/1/goals/7")));
  EXPECT_THAT(Printed(answer, {.names = true}), HasSubstr("families/1/goals/7"));
}

TEST_F(Printing, ALongTextIsCutAtACharacter) {
  std::string longer;
  for (int i = 0; i < 40; ++i) longer += "äö";
  const std::string table = Printed({{"entries", {{{"who", longer}}}}});
  EXPECT_THAT(table, HasSubstr("ä…"));
  EXPECT_THAT(table, Not(HasSubstr(longer)));
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

}  // namespace
}  // namespace rapport::cli
