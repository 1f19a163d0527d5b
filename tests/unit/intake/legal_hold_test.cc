// I11: legal holds, placed, released and listed. That one stands in an erasure's way is tested with
// erasures.
#include "support/in_pages.h"
#include "unit/intake/erasure_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;

TEST_F(ErasureI11, AHoldIsReleasedAsItWasSeen) {
  v1::LegalHold hold = Hold();
  hold.set_etag("");
  EXPECT_EQ(ReasonOf(Release(hold).status()), "ETAG_REQUIRED");
  hold.set_etag(Get(family_).etag());
  EXPECT_EQ(ReasonOf(Release(hold).status()), "ETAG_MISMATCH");
  hold.set_name(hold.name().substr(0, hold.name().size() - 32) + std::string(32, '0'));
  EXPECT_EQ(Release(hold).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ErasureI11, HoldsAreListedWithTheReleasedOnes) {
  const v1::LegalHold first = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  const v1::LegalHold second = Hold();
  ASSERT_TRUE(Release(first).ok());
  v1::ListLegalHoldsRequest request;
  request.set_parent(family_);
  request.set_page_size(1);
  auto page = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->legal_holds_size(), 1);
  EXPECT_EQ(page->legal_holds(0).name(), second.name());
  request.set_page_token(page->next_page_token());
  page = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->legal_holds_size(), 1);
  EXPECT_TRUE(page->legal_holds(0).has_release_time());
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ErasureI11, HoldsAreListedByWhetherTheyAreInForce) {
  const v1::LegalHold first = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  const v1::LegalHold second = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  const v1::LegalHold third = Hold();
  ASSERT_TRUE(Release(first).ok());
  for (const std::string& parent : {family_, std::string("families/-")}) {
    v1::ListLegalHoldsRequest request;
    request.set_parent(parent);
    const auto listed = [&](const std::string& filter, const std::string& order = {}) {
      return support::InPages(
          request, filter, order,
          [&](const auto& asked) {
            return Try(parent == family_ ? Admin("ida", family_) : Admin("ida"),
                       &ErasureService::ListLegalHolds, asked);
          },
          [](const auto& page) {
            std::vector<std::string> names;
            for (const v1::LegalHold& one : page.legal_holds()) names.push_back(one.name());
            return names;
          });
    };
    EXPECT_THAT(listed("", "create_time"), ElementsAre(first.name(), second.name(), third.name()));
    EXPECT_THAT(listed("released = false"), ElementsAre(third.name(), second.name()));
    EXPECT_THAT(listed("released = true"), ElementsAre(first.name()));
  }
}

TEST_F(ErasureI11, HoldsOfTheWholeAgencyAreOneList) {
  const v1::LegalHold first = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  family_ = NewFamily().name();
  const v1::LegalHold second = Hold();
  v1::ListLegalHoldsRequest request;
  request.set_parent("families/-");
  const auto page = Try(Admin("ida"), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  std::vector<std::string> names;
  for (const v1::LegalHold& one : page->legal_holds()) names.push_back(one.name());
  EXPECT_THAT(names, ElementsAre(second.name(), first.name())) << "newest first";
  EXPECT_EQ(page->legal_holds(0).family_display_name(), "Example family") << "whose it is";
  request.set_parent(family_);
  const auto own = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->legal_holds(0).family_display_name(), "Example family");
}

}  // namespace
}  // namespace rapport::intake
