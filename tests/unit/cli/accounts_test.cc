// Whom a family member means, who sees no roster and no list of families.
#include "cli/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using testing::HasSubstr;

class Accounts : public testing::Test {
 protected:
  void Add(const char* family, const char* member, const char* shown) {
    auto* one = zoe_.add_memberships();
    one->set_family(family);
    one->set_member(std::string(family) + "/members/" + member);
    one->set_display_name(shown);
  }
  intake::v1::Account zoe_;
};

TEST_F(Accounts, AMemberIsMeantByTheirOwnNameAndByMe) {
  Add("families/1", "2", "Zoë Ünal");
  for (const char* text : {"me", "zoe", "Zoë", "Ünal Zoë"}) {
    EXPECT_EQ(*OwnMember(zoe_, "families/1", text), "families/1/members/2") << text;
    EXPECT_EQ(*OwnFamily(zoe_, text), "families/1") << text;
  }
  EXPECT_TRUE(absl::IsNotFound(OwnMember(zoe_, "families/1", "Max").status()));
  EXPECT_TRUE(absl::IsNotFound(OwnFamily(zoe_, "Max").status()));
}

TEST_F(Accounts, WhoIsInTwoFamiliesSaysWhich) {
  Add("families/1", "2", "Zoë Ünal");
  Add("families/3", "4", "Zoë Mayer");
  EXPECT_EQ(*OwnFamily(zoe_, "Mayer"), "families/3");
  EXPECT_TRUE(absl::IsFailedPrecondition(OwnFamily(zoe_, "me").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(OwnFamily(zoe_, "zoe").status()));
  EXPECT_EQ(*OwnMember(zoe_, "families/3", "me"), "families/3/members/4");
  EXPECT_EQ(*OwnMember(zoe_, "families/3", "zoe"), "families/3/members/4");
}

TEST_F(Accounts, WhoIsNoMemberIsTold) {
  const auto nobody = OwnFamily(zoe_, "me");
  EXPECT_TRUE(absl::IsNotFound(nobody.status()));
  EXPECT_THAT(std::string(nobody.status().message()), HasSubstr("rapport whoami"));
}

}  // namespace
}  // namespace rapport::cli
