// Whom a privacy officer means by a name, of those that intake found.
#include "cli/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using intake::v1::FoundPerson;
using intake::v1::LOOKUP_PURPOSE_DISCLOSURES;
using intake::v1::LOOKUP_PURPOSE_LEGAL_HOLD;
using intake::v1::LOOKUP_PURPOSE_RECORD_REQUEST;
using intake::v1::LOOKUP_PURPOSE_REVIEW;
using testing::AllOf;
using testing::HasSubstr;

class X5Lookup : public testing::Test {
 protected:
  void Find(const char* family, const char* called, const char* member, const char* name) {
    FoundPerson& one = found_.emplace_back();
    one.set_family(std::string("families/") + family);
    one.set_family_display_name(called);
    one.set_member(one.family() + "/members/" + member);
    one.set_display_name(name);
  }
  std::vector<FoundPerson> found_;
};

TEST_F(X5Lookup, TheOneOfTheNameIsMeant) {
  Find("1", "Example", "2", "Mira Example");
  Find("1", "Example", "3", "Tom Example");
  EXPECT_EQ(*TheMemberFound(found_, "", "mira"), "families/1/members/2");
  EXPECT_EQ(*TheFamilyFound(found_, "Example"), "families/1");
}

TEST_F(X5Lookup, OfSeveralItSaysWhoseFamilyEachIsOf) {
  Find("1", "Example", "2", "Mira Example");
  Find("3", "North", "4", "Mira Sample");
  const auto several = TheMemberFound(found_, "", "mira");
  EXPECT_TRUE(absl::IsFailedPrecondition(several.status()));
  EXPECT_THAT(std::string(several.status().message()),
              AllOf(HasSubstr("Mira Example (Example)"), HasSubstr("Mira Sample (North)")));
  EXPECT_EQ(*TheMemberFound(found_, "", "mira north"), "families/3/members/4");
  EXPECT_EQ(*TheMemberFound(found_, "families/1", "mira"), "families/1/members/2");
}

TEST_F(X5Lookup, SaysWhatItIsFor) {
  EXPECT_EQ(PurposeOf("GetDisclosures"), LOOKUP_PURPOSE_DISCLOSURES);
  EXPECT_EQ(PurposeOf("OpenRecordRequest"), LOOKUP_PURPOSE_RECORD_REQUEST);
  EXPECT_EQ(PurposeOf("ListRecordRequests"), LOOKUP_PURPOSE_RECORD_REQUEST);
  EXPECT_EQ(PurposeOf("PlaceLegalHold"), LOOKUP_PURPOSE_LEGAL_HOLD);
  EXPECT_EQ(PurposeOf("ReviewBreakGlass"), LOOKUP_PURPOSE_REVIEW);
  EXPECT_EQ(PurposeOf(""), LOOKUP_PURPOSE_REVIEW);
}

}  // namespace
}  // namespace rapport::cli
