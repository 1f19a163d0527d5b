// Requests as flags: which there are, and what their values mean.
#include "cli/fields.h"

#include "cli/methods.h"
#include "cli/verbs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Fields FieldsOfMethod(const char* method) { return FieldsOf(*FindMethod(method)->input_type()); }

const Field& Flag(const Fields& fields, const std::string& name) {
  for (const Field& field : fields.flags) {
    if (field.flag == name) return field;
  }
  ADD_FAILURE() << "no --" << name;
  return fields.flags.at(0);
}

TEST(Fields, TheResourceNeedsNoPrefixAndWhatIsInsideItDoes) {
  const Fields fields = FieldsOfMethod("intake/CreateFamily");
  EXPECT_TRUE(fields.subject.path.empty());
  EXPECT_EQ(Flag(fields, "display-name").Path(), "family.display_name");
  EXPECT_EQ(Flag(fields, "referral-source").Path(), "family.referral.source");
  EXPECT_TRUE(Flag(fields, "display-name").required);
}

TEST(Fields, OfAMessageThatMayBeLeftOutNothingMustBeGiven) {
  const Fields fields = FieldsOfMethod("notes/SignNote");
  EXPECT_EQ(Flag(fields, "code").Path(), "homework_review_override.code");
  for (const Field& field : fields.flags) EXPECT_FALSE(field.required) << field.flag;
}

TEST(Fields, WhatACommandIsAboutIsNoFlag) {
  EXPECT_EQ(FieldsOfMethod("intake/TransitionFamily").subject.Path(), "name");
  EXPECT_EQ(FieldsOfMethod("goals/ProposeGoal").subject.Path(), "parent");
  EXPECT_EQ(FieldsOfMethod("alliance/SkipRatingRequest").subject.Path(), "rating_request");
  EXPECT_EQ(FieldsOfMethod("notes/UpdateNote").subject.Path(), "note.name");
}

TEST(Fields, WordsOfAFamilysNameWillDoWhereverAFamilyIsTaken) {
  EXPECT_TRUE(FieldsOfMethod("goals/ListGoals").subject.TakesFamily()) << "a family alone";
  EXPECT_TRUE(FieldsOfMethod("notes/ListNotes").subject.TakesFamily()) << "or a session";
  EXPECT_TRUE(FieldsOfMethod("alliance/ListRatings").subject.TakesFamily()) << "or all families";
  EXPECT_FALSE(FieldsOfMethod("notes/CreateNote").subject.TakesFamily()) << "a session alone";
  EXPECT_FALSE(FieldsOfMethod("goals/GetGoal").subject.TakesFamily());
  EXPECT_FALSE(FieldsOfMethod("intake/CreateFamily").subject.TakesFamily()) << "no name at all";
}

TEST(Fields, WordsOfAPersonsNameWillDoWhereverAProfessionalIsTaken) {
  for (const char* method : {"intake/LinkAccount", "intake/UnlinkAccount", "intake/ListAccounts"}) {
    EXPECT_TRUE(FieldsOfMethod(method).subject.TakesProfessional()) << method << ": or a member";
  }
  EXPECT_TRUE(FieldsOfMethod("intake/UpdateProfessional").subject.TakesProfessional());
  EXPECT_FALSE(FieldsOfMethod("goals/ListGoals").subject.TakesProfessional()) << "a family";
  EXPECT_FALSE(FieldsOfMethod("intake/UpdateMember").subject.TakesProfessional())
      << "nobody is looked for in every family";
  EXPECT_FALSE(FieldsOfMethod("intake/CreateFamily").subject.TakesProfessional());
}

TEST(Fields, NoMethodHasTwoFlagsOfOneNameOrOneOfEveryCommands) {
  for (const Verb& verb : AllVerbs()) {
    std::set<std::string> seen = {"json", "names", "help", "as", "state"};
    for (const Field& field : FieldsOf(*verb.method->input_type()).flags) {
      EXPECT_TRUE(seen.insert(field.flag).second) << verb.method->name() << " --" << field.flag;
    }
  }
}

TEST(Fields, WhatServicesAloneGiveIsNoChoiceOfAPerson) {
  const Fields fields = FieldsOfMethod("notes/CancelSession");
  const Field& reason = Flag(fields, "reason");
  EXPECT_THAT(
      ChoicesOf(*reason.leaf()),
      testing::ElementsAre("by-family", "by-agency", "late-by-family", "rescheduled", "mistaken"));
  for (const char* word : {"case-closed", "emergency-over", "CANCEL_REASON_CASE_CLOSED"}) {
    EXPECT_THAT(ValueOf(reason, word).status().message(), HasSubstr("one of by-family, ")) << word;
  }
}

TEST(Fields, ValuesAreWhatAPersonWouldType) {
  const Fields family = FieldsOfMethod("intake/CreateFamily");
  EXPECT_EQ(*ValueOf(Flag(family, "referral-source"), "school"), Json("REFERRAL_SOURCE_SCHOOL"));
  EXPECT_EQ(*ValueOf(Flag(family, "referral-source"), "REFERRAL_SOURCE_SCHOOL"),
            Json("REFERRAL_SOURCE_SCHOOL"));
  const Fields member = FieldsOfMethod("intake/CreateMember");
  EXPECT_EQ(*ValueOf(Flag(member, "birth-date"), "2016-11-30"),
            Json({{"year", 2016}, {"month", 11}, {"day", 30}}));
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  const Fields consent = FieldsOfMethod("intake/GrantConsent");
  EXPECT_EQ(*ValueOf(Flag(consent, "expire-time"), "2032-01-01"), Json("2031-12-31T23:00:00Z"));
  EXPECT_EQ(*ValueOf(Flag(consent, "expire-time"), "2032-04-22T14:00"),
            Json("2032-04-22T12:00:00Z"));
  EXPECT_THAT(std::string(ValueOf(Flag(consent, "expire-time"), "next year").status().message()),
              HasSubstr("2031-04-22T14:00"));
  unsetenv("TZ");
  const Fields note = FieldsOfMethod("notes/CreateNote");
  EXPECT_EQ(*ValueOf(Flag(note, "sections"), "{kind: SECTION_KIND_NARRATIVE}"),
            Json({{"kind", "SECTION_KIND_NARRATIVE"}}));
}

TEST(Fields, InsideAMessageNamesAndShortValuesAreWhatTheyAreInFlags) {
  const Field attendance = Flag(FieldsOfMethod("notes/RecordAttendance"), "attendance");
  const FindName find = [](const std::string& text) -> absl::StatusOr<std::string> {
    if (text != "zoë") return absl::NotFoundError("nobody");
    return "families/1/members/2";
  };
  EXPECT_EQ(*ValueOf(attendance, "{person: zoë, presence: present, by-plan: true}", find),
            Json({{"person", "families/1/members/2"},
                  {"presence", "PRESENCE_PRESENT"},
                  {"by_plan", true}}));
  EXPECT_EQ((*ValueOf(attendance, "{person: families/1/members/9}", find))["person"],
            "families/1/members/9");
  EXPECT_TRUE(absl::IsNotFound(ValueOf(attendance, "{person: bo}", find).status()));
}

TEST(Fields, SeveralMessagesMayBeWrittenAsOneList) {
  const Fields fields = FieldsOfMethod("notes/RecordAttendance");
  const Field& attendance = Flag(fields, "attendance");
  Json request = Json::object();
  Put(attendance, *ValueOf(attendance, "{person: a/1, presence: late}"), request);
  const auto two =
      ValueOf(attendance, "[{person: a/2, presence: present}, {person: a/3, presence: absent}]");
  ASSERT_TRUE(two.ok()) << two.status();
  Put(attendance, *two, request);
  ASSERT_EQ(request["attendance"].size(), 3u);
  EXPECT_EQ(request["attendance"][2]["presence"], "PRESENCE_ABSENT");
  EXPECT_THAT(
      std::string(ValueOf(attendance, "[{person: a/2, presense: late}]").status().message()),
      HasSubstr("without presense"));
}

TEST(Fields, AMessageIsWrittenAsHelpAndItsRefusalSay) {
  const Field attendance = Flag(FieldsOfMethod("notes/RecordAttendance"), "attendance");
  const std::string shape = ShapeOf(*attendance.leaf());
  EXPECT_THAT(shape, HasSubstr("{person: NAME, presence: present|"));
  EXPECT_THAT(shape, HasSubstr("by_plan?: true|false"));
  for (const char* typed : {"zoë", "{who: zoë}"}) {
    EXPECT_THAT(std::string(ValueOf(attendance, typed).status().message()),
                HasSubstr("presence: present|"))
        << typed;
  }
  EXPECT_THAT(std::string(ValueOf(attendance, "{presence: there}").status().message()),
              HasSubstr("presence: one of present"));
  EXPECT_EQ(ShapeOf(*Flag(FieldsOfMethod("intake/CreateMember"), "birth-date").leaf()), "");
}

TEST(Fields, WhatEveryRequestNeedsIsMarkedHoweverDeep) {
  const Fields homework = FieldsOfMethod("goals/ProposeHomework");
  EXPECT_TRUE(Flag(homework, "terms-what").required);
  EXPECT_FALSE(Flag(homework, "terms-where").required);
}

TEST(Fields, AValueThatMeansNothingIsToldWhatIsExpected) {
  const Fields family = FieldsOfMethod("intake/CreateFamily");
  EXPECT_THAT(ValueOf(Flag(family, "referral-source"), "the moon").status().message(),
              HasSubstr("school"));
  const Fields member = FieldsOfMethod("intake/CreateMember");
  for (const char* const date : {"30.11.2016", "2016-11", "2016-11-30T10:00:00Z", "tomorrow"}) {
    EXPECT_THAT(ValueOf(Flag(member, "birth-date"), date).status().message(),
                HasSubstr("2016-11-30"))
        << date;
  }
  const Fields note = FieldsOfMethod("notes/CreateNote");
  EXPECT_FALSE(ValueOf(Flag(note, "sections"), "three").ok());
  EXPECT_FALSE(ValueOf(Flag(note, "sections"), "{kind: [").ok());
}

TEST(Fields, ManyValuesOfAListStandInTheirOrder) {
  const Fields fields = FieldsOfMethod("goals/ProposeGoal");
  Json request;
  Put(fields.subject, "families/f", request);
  Put(Flag(fields, "owners"), "a", request);
  Put(Flag(fields, "owners"), "b", request);
  Put(Flag(fields, "words"), "Sleep", request);
  EXPECT_EQ(request, Json({{"parent", "families/f"},
                           {"goal", {{"owners", {"a", "b"}}, {"words", "Sleep"}}}}));
}

}  // namespace
}  // namespace rapport::cli
