// Instruments: shipped, an agency's own, listed.
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

}  // namespace
}  // namespace rapport::alliance
