// Instruments: shipped, an agency's own, listed.
#include "support/in_pages.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

class InstrumentService : public AllianceTest {
 protected:
  absl::StatusOr<v1::CreateInstrumentResponse> Create(const v1::Instrument& instrument) {
    v1::CreateInstrumentRequest request;
    *request.mutable_instrument() = instrument;
    return Run(ByService(), &AllianceService::CreateInstrument, request);
  }
  absl::StatusOr<v1::GetInstrumentResponse> Get(const std::string& name) {
    v1::GetInstrumentRequest request;
    request.set_name(name);
    return Run(ByService(), &AllianceService::GetInstrument, request);
  }
};

TEST_F(InstrumentService, AnAgencyAddsItsOwnAndReadsItBack) {
  v1::Instrument own = testing::Shipped("wai-sr");
  own.set_version(2);
  own.mutable_licence()->mutable_attestation()->set_by("the agency");
  const auto created = Create(own);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->instrument().name(), "instruments/wai-sr.2");
  EXPECT_FALSE(created->instrument().shipped());
  const auto read = Get("instruments/wai-sr.2");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->instrument().SerializeAsString(), created->instrument().SerializeAsString());
}

TEST_F(InstrumentService, ACodeAndVersionIsTakenOnce) {
  EXPECT_EQ(Create(testing::Shipped("pulse-adult")).status().code(),
            absl::StatusCode::kAlreadyExists);
  v1::Instrument own = testing::Shipped("pulse-adult");
  own.set_version(7);
  EXPECT_TRUE(Create(own).ok());
  EXPECT_EQ(Create(own).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(InstrumentService, EveryFaultIsNamed) {
  v1::Instrument own = testing::Shipped("pulse-adult");
  own.set_version(2);
  own.mutable_items(1)->set_number(own.items(0).number());
  own.mutable_scores(0)->set_code("");
  EXPECT_EQ(Create(own).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(InstrumentService, UnknownOnesAreNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Get("instruments/none.1").status()));
}

TEST_F(InstrumentService, ShippedOnesAreListedFirstInPages) {
  v1::Instrument own = testing::Shipped("pulse-adult");
  own.set_code("a-first-by-code");
  ASSERT_TRUE(Create(own).ok());
  std::vector<std::string> names, codes;
  v1::ListInstrumentsRequest request;
  request.set_page_size(3);
  do {
    auto page = Run(ByService(), &AllianceService::ListInstruments, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& one : page->instruments()) {
      names.push_back(one.name());
      codes.push_back(one.code());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(names.size(), shelf_.all().size() + 1);
  EXPECT_EQ(names.back(), "instruments/a-first-by-code.1");
  EXPECT_TRUE(std::is_sorted(codes.begin(), codes.end() - 1));
}

TEST_F(InstrumentService, AreListedByCodeAndByWhoFillsThemIn) {
  v1::Instrument own = testing::Shipped("pulse-adult");
  own.set_code("a-first-by-code");
  for (const int version : {2, 10, 1}) {
    own.set_version(version);
    ASSERT_TRUE(Create(own).ok());
  }
  const auto listed = [&](const std::string& filter, const std::string& order = {}) {
    return support::InPages(
        v1::ListInstrumentsRequest(), filter, order,
        [&](const auto& asked) {
          return Run(ByService(), &AllianceService::ListInstruments, asked);
        },
        [](const auto& page) {
          std::vector<std::string> names;
          for (const v1::Instrument& one : page.instruments()) names.push_back(one.name());
          return names;
        });
  };
  const std::string name = "instruments/a-first-by-code.";
  const auto in_order = listed("", "code");
  ASSERT_EQ(in_order.size(), shelf_.all().size() + 3);
  EXPECT_EQ((std::vector<std::string>(in_order.begin(), in_order.begin() + 3)),
            (std::vector<std::string>{name + "1", name + "2", name + "10"}));
  auto back = listed("", "code desc");
  std::ranges::reverse(back);
  EXPECT_EQ(back, in_order);
  EXPECT_EQ(listed("code = \"a-first-by-code\"", "code desc"),
            (std::vector<std::string>{name + "10", name + "2", name + "1"}));
  const auto of_therapists = listed("raters:PROFESSIONAL");
  EXPECT_FALSE(of_therapists.empty());
  EXPECT_LT(of_therapists.size(), shelf_.all().size());
  for (const std::string& one : of_therapists) {
    const v1::Instrument* instrument = shelf_.Find(one);
    ASSERT_NE(instrument, nullptr) << one;
    EXPECT_NE(std::ranges::find(instrument->raters(), v1::PARTY_PROFESSIONAL),
              instrument->raters().end());
  }
}

TEST_F(InstrumentService, APageGoesOnWhereItEndedWhateverIsCreatedMeanwhile) {
  v1::Instrument own = testing::Shipped("pulse-adult");
  for (const char* code : {"m-one", "n-two", "o-three"}) {
    own.set_code(code);
    ASSERT_TRUE(Create(own).ok());
  }
  v1::ListInstrumentsRequest request;
  request.set_page_size(static_cast<int>(shelf_.all().size()) + 2);
  const auto first = Run(ByService(), &AllianceService::ListInstruments, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->instruments().rbegin()->code(), "n-two");
  own.set_code("a-new-one");
  ASSERT_TRUE(Create(own).ok());
  request.set_page_token(first->next_page_token());
  const auto second = Run(ByService(), &AllianceService::ListInstruments, request);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->instruments_size(), 1);
  EXPECT_EQ(second->instruments(0).code(), "o-three");
}

}  // namespace
}  // namespace rapport::alliance
