// An agency's licence: faults, force, wording; and through the service, that wording and key are
// apart and that an attestation lets a licensed key be used.
#include "alliance/instruments/licence.h"

#include "unit/alliance/alliance_fixture.h"

#include <gmock/gmock.h>

namespace rapport::alliance {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

v1::InstrumentWording Wording(const v1::Instrument& instrument, const std::string& language) {
  v1::InstrumentWording wording;
  wording.set_language(language);
  for (const v1::Item& item : instrument.items()) {
    v1::ItemWording* words = wording.add_items();
    words->set_number(item.number());
    words->set_wording("made-up words " + std::to_string(item.number()) + " " + language);
  }
  return wording;
}

v1::InstrumentLicence Licence(const std::string& code) {
  const v1::Instrument instrument = testing::Shipped(code);
  v1::InstrumentLicence licence;
  licence.set_instrument(instrument.name());
  licence.mutable_attestation()->set_by("the made-up agency");
  licence.set_reference("made-up contract 7");
  *licence.add_wordings() = Wording(instrument, "en");
  *licence.add_wordings() = Wording(instrument, "de");
  return licence;
}

std::vector<std::string> PathsOf(const std::vector<Fault>& faults) {
  std::vector<std::string> paths;
  for (const Fault& fault : faults) paths.push_back(fault.path);
  return paths;
}

TEST(CheckLicence, FindsEveryFaultAtItsPath) {
  const v1::Instrument srs = testing::Shipped("srs");
  const v1::InstrumentLicence sound = Licence("srs");
  EXPECT_THAT(CheckLicence(sound, srs), IsEmpty());
  const auto faults = [&](const std::function<void(v1::InstrumentLicence&)>& spoil) {
    v1::InstrumentLicence licence = sound;
    spoil(licence);
    return PathsOf(CheckLicence(licence, srs));
  };
  using L = v1::InstrumentLicence;
  EXPECT_THAT(faults([](L& l) { l.clear_attestation(); }), Contains("attestation"));
  EXPECT_THAT(faults([](L& l) { l.mutable_attestation()->clear_by(); }),
              Contains("attestation.by"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(1)->set_language("en"); }),
              Contains("wordings[1].language"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(0)->mutable_items()->RemoveLast(); }),
              Contains("wordings[0].items"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(0)->mutable_items(2)->set_number(1); }),
              Contains("wordings[0].items[2].number"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(0)->mutable_items(2)->set_number(9); }),
              Contains("wordings[0].items[2].number"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(0)->mutable_items(2)->clear_wording(); }),
              Contains("wordings[0].items[2].wording"));
  EXPECT_THAT(faults([](L& l) { l.mutable_wordings(0)->add_anchors()->set_answer(101); }),
              Contains("wordings[0].anchors[0].answer"));
  EXPECT_THAT(PathsOf(CheckLicence(sound, testing::Shipped("itas"))), Contains("wordings"));
}

TEST(Licence, IsInForceUntilTheEndOfItsLastDay) {
  v1::Attestation attestation;
  EXPECT_TRUE(InForce(attestation, INT64_MAX));
  attestation.mutable_until()->set_year(1970);
  attestation.mutable_until()->set_month(1);
  attestation.mutable_until()->set_day(2);
  EXPECT_TRUE(InForce(attestation, 2 * kDay - 1));
  EXPECT_FALSE(InForce(attestation, 2 * kDay));
}

TEST(Licence, AFormSpeaksTheLanguageAskedForOrTheNearest) {
  v1::InstrumentLicence licence = Licence("srs");
  const auto spoken = [&](const char* language) {
    const auto* wording = WordingFor(licence, language, 0);
    return wording == nullptr ? "none" : wording->language();
  };
  EXPECT_EQ(spoken("de"), "de");
  EXPECT_EQ(spoken("de-AT"), "de");
  EXPECT_EQ(spoken("fr"), "en");
  EXPECT_EQ(spoken(""), "en");
  licence.clear_attestation();
  EXPECT_EQ(spoken("de"), "none");
}

TEST(Licence, WordingChangesNothingOfTheKey) {
  const v1::Instrument before = testing::Shipped("wai-36");
  v1::Instrument after = before;
  ShowWording(Wording(before, "en"), after);
  EXPECT_EQ(after.items(0).wording(), "made-up words 1 en");
  EXPECT_EQ(after.language(), "en");
  after.clear_language();
  for (v1::Item& item : *after.mutable_items()) item.clear_wording();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

class LicenceService : public AllianceTest {
 protected:
  absl::StatusOr<v1::SetInstrumentLicenceResponse> Set(const v1::InstrumentLicence& licence) {
    v1::SetInstrumentLicenceRequest request;
    *request.mutable_licence() = licence;
    return Run(ByService(), &AllianceService::SetInstrumentLicence, request);
  }
  absl::StatusOr<v1::GetInstrumentLicenceResponse> Get(const std::string& name) {
    v1::GetInstrumentLicenceRequest request;
    request.set_instrument(name);
    return Run(ByService(), &AllianceService::GetInstrumentLicence, request);
  }
};

TEST_F(LicenceService, A1KeepsWordingApartFromTheKeyAndReplacesOnlyWhatWasRead) {
  v1::InstrumentLicence licence = Licence("srs");
  EXPECT_TRUE(absl::IsNotFound(Get("instruments/srs.1").status()));
  const auto first = Set(licence);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto read = Get("instruments/srs.1");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->licence().SerializeAsString(), first->licence().SerializeAsString());
  EXPECT_EQ(Set(licence).status().code(), absl::StatusCode::kInvalidArgument) << "without etag";

  v1::GetInstrumentRequest key;
  key.set_name("instruments/srs.1");
  const auto shown = Run(ByService(), &AllianceService::GetInstrument, key);
  ASSERT_TRUE(shown.ok());
  for (const v1::Item& item : shown->instrument().items()) EXPECT_EQ(item.wording(), "");

  licence.set_etag(first->licence().etag());
  licence.clear_wordings();
  const auto second = Set(licence);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->licence().etag(), first->licence().etag());
  EXPECT_EQ(Set(licence).status().code(), absl::StatusCode::kAborted) << "an etag of before";
}

TEST_F(LicenceService, A1RefusesWordingThatDoesNotFitNamingEveryFault) {
  v1::InstrumentLicence licence = Licence("srs");
  licence.mutable_wordings(0)->mutable_items(0)->set_number(77);
  EXPECT_EQ(Set(licence).status().code(), absl::StatusCode::kInvalidArgument);
  licence.set_instrument("instruments/none.1");
  EXPECT_TRUE(absl::IsNotFound(Set(licence).status()));
}

}  // namespace
}  // namespace rapport::alliance
