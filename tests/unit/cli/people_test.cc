// Names as people say them: whole words, never somebody whose name only has the same letters in it.
#include "cli/people.h"

#include "cli/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/intake/v1/system_requests.pb.h>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Names : public testing::Test {
 protected:
  Names() {
    people_.Add("jana", "Jana Horvat");
    people_.Add("ruben", "Ruben Horvat");
    people_.Add("uenal", "Zoë Ünal-Ōno");
  }
  People people_;
};

TEST_F(Names, AreMeantByWholeWords) {
  EXPECT_THAT(people_.Named("Jana"), ElementsAre("jana"));
  EXPECT_THAT(people_.Named("Horvat Jana"), ElementsAre("jana"));
  EXPECT_THAT(people_.Named("Horvat"), ElementsAre("jana", "ruben"));
  for (const char* part : {"Ben", "Jan", "ana", "orva"}) {
    EXPECT_THAT(people_.Named(part), IsEmpty()) << part;
  }
}

TEST_F(Names, AreMeantWhateverTheirCapitalsAccentsAndHyphens) {
  for (const char* name : {"zoe", "ZOË", "Ünal", "ono", "unal ono", "Ünal-Ōno"}) {
    EXPECT_THAT(people_.Named(name), ElementsAre("uenal")) << name;
  }
}

TEST_F(Names, NothingNamesNobody) {
  for (const char* nothing : {"", "   ", "-", "\"'"}) {
    EXPECT_THAT(people_.Named(nothing), IsEmpty()) << nothing;
    const auto found = TheOneNamed(people_, nothing, "family");
    EXPECT_TRUE(absl::IsInvalidArgument(found.status())) << nothing;
  }
}

TEST_F(Names, AWholeNameComesBeforeALongerOneThatHasItsWords) {
  people_.Add("one", "Novak family");
  people_.Add("two", "Novak family 2");
  EXPECT_EQ(*TheOneNamed(people_, "novak family", "family"), "one");
  EXPECT_EQ(*TheOneNamed(people_, "novak 2", "family"), "two");
}

TEST_F(Names, SeveralAreToldApartByTheirResourceNames) {
  const auto found = TheOneNamed(people_, "horvat", "person");
  EXPECT_TRUE(absl::IsFailedPrecondition(found.status()));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("Jana Horvat  jana"));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("Ruben Horvat  ruben"));
}

TEST_F(Names, WhoIsNotThereIsSaidByTheNameThatWasTyped) {
  const auto found = TheOneNamed(people_, "Ben", "person");
  EXPECT_TRUE(absl::IsNotFound(found.status()));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("\"Ben\""));
}

// Families as ListFamilies gives them: with a filter only those that have the words between spaces.
class FamilyNames : public Names {
 protected:
  absl::StatusOr<std::string> Find(const char* text) {
    return FamilyNamed(text, [this](const std::string& filter) -> absl::StatusOr<People> {
      return filter.empty() ? all_ : found_;
    });
  }
  void Add(const char* name, const char* shown, bool found) {
    all_.Add(name, shown);
    if (found) found_.Add(name, shown);
  }

  People all_, found_;
};

TEST_F(FamilyNames, TheOnlyOneThatTheServiceFindsIsNotMeantWhereAHyphenHidesAnother) {
  Add("one", "Ōno family", true);
  Add("two", "Ünal-Ōno family", false);
  const auto found = Find("Ono");
  EXPECT_TRUE(absl::IsFailedPrecondition(found.status()));
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("Ünal-Ōno family  two"));
}

TEST_F(FamilyNames, TheWholeNameIsMeantWhateverOthersHaveItsWords) {
  Add("one", "Ōno family", true);
  Add("two", "Ünal-Ōno family", false);
  Add("three", "Ōno-family", false);
  EXPECT_EQ(*Find("ono family"), "one");
  EXPECT_EQ(*Find("unal"), "two") << "what only its hyphen hides is found";
}

TEST_F(FamilyNames, WhatCannotBeReadNamesNobody) {
  const auto found = FamilyNamed(
      "Ono", [](const std::string&) { return absl::UnavailableError("intake is down"); });
  EXPECT_TRUE(absl::IsUnavailable(found.status()));
}

TEST(Pages, AreReadToTheLastOrNotAtAll) {
  int calls = 0;
  std::vector<std::string> names;
  const auto read = [&](int fails_at) {
    calls = 0;
    names.clear();
    return EachPage(
        intake::v1::ListProfessionalsRequest(),
        [&](const auto& request) -> absl::StatusOr<intake::v1::ListProfessionalsResponse> {
          EXPECT_EQ(request.page_token(), calls == 0 ? "" : std::to_string(calls));
          EXPECT_EQ(request.page_size(), 1000);
          if (++calls == fails_at) return absl::UnavailableError("down");
          intake::v1::ListProfessionalsResponse page;
          page.add_professionals()->set_name("professionals/" + std::to_string(calls));
          if (calls < 3) page.set_next_page_token(std::to_string(calls));
          return page;
        },
        [&](const auto& page) { names.push_back(page.professionals(0).name()); });
  };
  EXPECT_TRUE(read(0).ok());
  EXPECT_THAT(names, ElementsAre("professionals/1", "professionals/2", "professionals/3"));
  EXPECT_TRUE(absl::IsUnavailable(read(2)));
}

TEST(PeopleIn, AreTheMembersAndProfessionalsThatATextNames) {
  EXPECT_THAT(
      NamedIn(R"({"a":"families/1/members/2","b":["professionals/3","families/1/sessions/4"],
                         "c":"families/1/members/2","d":"members/5","e":"professionals/"})"),
      ElementsAre("families/1/members/2", "professionals/3"));
  EXPECT_THAT(NamedIn(""), IsEmpty());
}

}  // namespace
}  // namespace rapport::cli
