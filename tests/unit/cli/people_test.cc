// Names as people say them: whole words, never somebody whose name only has the same letters in it.
#include "cli/people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace rapport::cli
