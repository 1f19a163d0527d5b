// Commands as they are typed: words as a shell parts them, and which command they are.
#include "cli/typed_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Words(std::string_view line) {
  return WordsTyped(line).value_or(std::vector<std::string>{"no words"});
}

// The refusal of a command; empty: it is one.
std::string Refusal(std::string_view line) {
  const auto command = ReadTyped(Words(line));
  const absl::Status status = command.ok() ? CheckValues(**command) : command.status();
  return std::string(status.message());
}

TEST(TypedLine, IsPartedAtSpacesOutsideOfQuotes) {
  EXPECT_THAT(Words("a  b\n c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Words("a 'b c' \"d 'e'\" f''g ''"), ElementsAre("a", "b c", "d 'e'", "fg", ""));
  EXPECT_THAT(Words(" \n"), IsEmpty());
}

TEST(TypedLine, AQuoteThatIsNotClosedIsToldOf) {
  EXPECT_THAT(std::string(WordsTyped("a 'b").status().message()), HasSubstr("a closing '"));
  EXPECT_THAT(std::string(WordsTyped("a \"b'").status().message()), HasSubstr("a closing \""));
}

TEST(TypedLine, IsShownAsItWouldBeTyped) {
  EXPECT_EQ(Typed(Words("rapport goal propose Example --words 'Mira sleeps.' ''")),
            "rapport goal propose Example --words 'Mira sleeps.' ''");
  EXPECT_EQ(Typed({"Tom's"}), "\"Tom's\"");
}

TEST(TypedLine, IsTheCommandThatTheProgramHas) {
  const auto method = [](std::string_view line) {
    const auto command = ReadTyped(Words(line));
    return command.ok() ? (*command)->verb.method->name() : std::string(command.status().message());
  };
  EXPECT_EQ(method("rapport family open Example"), "TransitionFamily");
  EXPECT_EQ(method("rapport roster Example"), "GetRoster");
  EXPECT_EQ(method("rapport whoami"), "GetAccount");
  EXPECT_EQ(method("rapport map Example"), "GetAllianceMap");
  EXPECT_EQ(method("rapport signal list Example --include-closed"), "ListSignals");
}

TEST(TypedLine, WhatIsNoCommandOfOneCallIsRefused) {
  for (const char* line :
       {"", "rapport", "family list", "rapport family", "rapport nobody knows", "rapport rate",
        "rapport signal watch", "rapport audit-event list intake"}) {
    EXPECT_THAT(Refusal(line), HasSubstr("a command that makes one call")) << line;
  }
  EXPECT_THAT(Refusal("rapport family show"), HasSubstr("what is required"));
  EXPECT_THAT(Refusal("rapport family list Example"), HasSubstr("Example"));
  EXPECT_THAT(Refusal("rapport map Example --at-time 2031-01-01T00:00:00Z"), HasSubstr("a family"));
}

TEST(TypedLine, AValueIsJudgedWithoutAskingAnybody) {
  EXPECT_EQ(Refusal("rapport goal propose ${family} --scope family --owners Max --words x"), "");
  EXPECT_EQ(Refusal("rapport stance set ${goal} --holder me --kind endorses --perceived "
                    "'{person: \"${tom}\", kind: objects}'"),
            "");
  EXPECT_EQ(Refusal("rapport homework respond ${h} --responder ${m} --answer accept "
                    "--terms-revision ${revision}"),
            "");
  EXPECT_THAT(Refusal("rapport homework respond h/1 --responder me --answer maybe "
                      "--terms-revision 1"),
              HasSubstr("--answer: one of accept, decline is expected"));
  EXPECT_THAT(Refusal("rapport homework respond h/1 --responder me --answer accept "
                      "--terms-revision two"),
              HasSubstr("--terms-revision: a number is expected"));
  EXPECT_THAT(Refusal("rapport stance set g/1 --holder me --kind endorses --perceived "
                      "'{person: \"${tom}\", knd: objects}'"),
              HasSubstr("without knd"));
}

TEST(TypedLine, AFlagIsOnOrSaidToBeOffAndWhatIsNoListIsSaidOnce) {
  const auto recorded = [](std::string_view line) {
    const auto command = ReadTyped(Words(line));
    if (!command.ok()) return std::string(command.status().message());
    for (std::size_t i = 0; i < (*command)->values.size(); ++i) {
      const bool meant = (*command)->fields.flags[i].flag == "recorded";
      if (meant && !(*command)->values[i].empty()) return (*command)->values[i].front();
    }
    return std::string("not said");
  };
  EXPECT_EQ(recorded("rapport session update s/1 --recorded"), "true");
  EXPECT_EQ(recorded("rapport session update s/1 --recorded=false"), "false");
  EXPECT_EQ(recorded("rapport session update s/1 --location here"), "not said");
  EXPECT_THAT(Refusal("rapport session update s/1 --location here --location there"),
              HasSubstr("--location"));
  EXPECT_EQ(Refusal("rapport goal propose f/1 --scope family --owners Max --owners Bo --words x"),
            "");
}

// What --help of a command says of its flags.
std::string HelpOf(std::string_view line) {
  auto command = ReadTyped(Words(line));
  if (!command.ok()) return std::string(command.status().message());
  MethodCommand shown{.verb = (*command)->verb};
  CLI::App app;
  AddFlags(app, shown, true);
  return app.help();
}

TEST(Help, SaysWhatKindOfValueAFlagTakesAndWhatItMeans) {
  const std::string help = HelpOf(
      "rapport member create f/1 --display-name x --role child "
      "--involvement direct");
  EXPECT_THAT(help, HasSubstr("--birth-date DATE"));
  EXPECT_THAT(help, HasSubstr("--role WORD REQUIRED"));
  EXPECT_THAT(help, HasSubstr("parent|step-parent|"));
  EXPECT_THAT(help, testing::Not(HasSubstr("{true}")));
  const std::string sign = HelpOf("rapport note sign n/1");
  EXPECT_THAT(sign, testing::Not(HasSubstr("Required. crisis"))) << "nothing of it has to be given";
  EXPECT_THAT(HelpOf("rapport attendance record s/1 --attendance '{person: me}'"),
              HasSubstr("--attendance YAML ... REQUIRED"));
}

TEST(Help, SaysWhoseNameACommandTakesInWords) {
  EXPECT_THAT(HelpOf("rapport account link Anna --subject anna"),
              HasSubstr("or words of the person's name"));
  EXPECT_THAT(HelpOf("rapport goal list Example"), HasSubstr("or words of the family's name"));
}

TEST(Help, CallsANumberRequiredWhoseZeroWouldBeRefused) {
  const std::string help =
      HelpOf("rapport break-glass grant f/1 --reason 'They called at night' --minutes 30");
  EXPECT_THAT(help, HasSubstr("--minutes NUMBER REQUIRED"));
}

}  // namespace
}  // namespace rapport::cli
