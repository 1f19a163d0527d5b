// The alliance map where a session has several forms, and forms with a cut-off.
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

class MapForms : public AllianceTest {
 protected:
  void SetUp() override {
    for (const char* code : {"srs", "softa-s"}) {
      v1::SetInstrumentLicenceRequest request;
      request.mutable_licence()->set_instrument(NameOf(code));
      request.mutable_licence()->mutable_attestation()->set_by("the made-up agency");
      const auto set = Run(ByService(), &AllianceService::SetInstrumentLicence, request);
      ASSERT_TRUE(set.ok()) << set.status();
    }
  }
  static std::string NameOf(std::string_view code) { return Concat({"instruments/", code, ".1"}); }
  // A licensed form about the therapist, every item `steps`.
  void RateWith(std::string_view code, const std::string& session, int steps) {
    v1::SubmitRatingRequest request = Pulse(session, mother_, steps, 0, code);
    request.mutable_rating()->mutable_parts()->RemoveLast();  // nothing is asked once
    const auto rated = Run(ByMember(mother_), &AllianceService::SubmitRating, request);
    ASSERT_TRUE(rated.ok()) << rated.status();
  }
  void RatePulse(const std::string& session, int steps) {
    ASSERT_TRUE(Rate(session, mother_, steps, 60).ok());
  }
  v1::AllianceView MothersView() {
    const v1::AllianceMap map = Map(ByTherapist());
    for (const v1::MapRow& row : map.rows()) {
      if (row.member() == names_.Member(family_, mother_)) return row.cells(0).member_view();
    }
    ADD_FAILURE() << "no such row";
    return {};
  }
  std::string NextSession() {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++sessions_)), {mother_, father_});
  }
  int sessions_ = 0;
};

void ExpectPulseWithWhole(const v1::AllianceView& view, const std::string& whole_of) {
  EXPECT_EQ(view.instrument(), "instruments/pulse-adult.1");
  EXPECT_DOUBLE_EQ(view.task().value(), 7.5);
  EXPECT_DOUBLE_EQ(view.goal().value(), 7.5);
  EXPECT_DOUBLE_EQ(view.bond().value(), 7.5);
  EXPECT_EQ(view.bond().instrument(), "instruments/pulse-adult.1");
  EXPECT_TRUE(view.has_pathway());
  EXPECT_EQ(view.whole().instrument(), whole_of);
}

TEST_F(MapForms, KeepsTaskGoalBondAndPathwayWhenAnotherFormOfTheSessionFollows) {
  const std::string session = NextSession();
  RatePulse(session, 75);
  RateWith("softa-s", session, 2);
  ExpectPulseWithWhole(MothersView(), NameOf("softa-s"));
  EXPECT_EQ(MothersView().ratings(), 2);
}

TEST_F(MapForms, SaysTheSameInWhateverOrderTheFormsCame) {
  const std::string session = NextSession();
  RateWith("softa-s", session, 2);
  RatePulse(session, 75);
  ExpectPulseWithWhole(MothersView(), NameOf("softa-s"));
}

TEST_F(MapForms, AValueOfAnotherFormStandsOnItsOwnScaleWithItsOwnTrend) {
  for (const int steps : {60, 70, 75}) RatePulse(NextSession(), steps);
  const std::string session = NextSession();
  RateWith("softa-s", session, 2);
  const v1::AllianceView view = MothersView();
  EXPECT_EQ(view.instrument(), NameOf("softa-s"));
  EXPECT_FALSE(view.has_task()) << "of an older session: not the latest";
  EXPECT_DOUBLE_EQ(view.bond().highest(), 5);
  EXPECT_EQ(view.bond().slope_ratings(), 0);
  EXPECT_TRUE(view.bond().has_estimate());
  EXPECT_LE(view.bond().estimate(), 5);
}

TEST_F(MapForms, ATotalBeyondItsCutOffSaysSoAndThatTheCutOffIsProvisional) {
  RateWith("srs", NextSession(), 80);
  const v1::AllianceView low = MothersView();
  EXPECT_DOUBLE_EQ(low.whole().value(), 32);
  EXPECT_DOUBLE_EQ(low.whole().highest(), 40);
  EXPECT_TRUE(low.whole().beyond_cutoff());
  EXPECT_TRUE(low.whole().provisional());
  RateWith("srs", NextSession(), 95);
  EXPECT_DOUBLE_EQ(MothersView().whole().value(), 38);
  EXPECT_FALSE(MothersView().whole().beyond_cutoff());
}

class CutOffInCaseload : public MapForms {
 protected:
  v1::CaseloadEntry Entry() {
    Access access;
    access.facts = std::make_shared<AccessFacts>(facts_);
    access_.granted[family_] = access;
    rosters_.caseload.families = {names_.Family(family_)};
    const auto response =
        Run(ByTherapist(), &AllianceService::GetCaseload, v1::GetCaseloadRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok() || response->entries_size() != 1) return {};
    return response->entries(0);
  }
};

TEST_F(CutOffInCaseload, IsSomethingToWatchInProvisionalWords) {
  RateWith("srs", NextSession(), 80);
  const v1::CaseloadEntry entry = Entry();
  EXPECT_EQ(entry.attention(), v1::ATTENTION_WATCH);
  EXPECT_THAT(entry.reasons(),
              ::testing::ElementsAre("A member gave a colleague 32 of 40 on the Session Rating "
                                     "Scale 3.0, below the form's cut-off (provisional: nobody "
                                     "has checked it against its source)."));
}

TEST_F(CutOffInCaseload, IsOverWithTheNextRatingAboveIt) {
  RateWith("srs", NextSession(), 80);
  RateWith("srs", NextSession(), 95);
  EXPECT_EQ(Entry().attention(), v1::ATTENTION_ROUTINE);
}

TEST_F(CutOffInCaseload, SaysNothingOfNowOnceNobodyRatedForAMonth) {
  RateWith("srs", NextSession(), 80);
  store_.clock.Advance(std::chrono::hours(24 * 31));
  EXPECT_THAT(Entry().reasons(), ::testing::Each(::testing::HasSubstr("No session for")));
}

}  // namespace
}  // namespace rapport::alliance
