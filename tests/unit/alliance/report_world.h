// Ratings of many made-up families, put straight into an alliance service's records with the scores
// that the service gives them; and closed cases as intake tells of them. For tests of what an
// agency learns from all its ratings.
#pragma once

#include "alliance/agency_reports.h"
#include "alliance/scoring/score.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/public_ids.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rapport::alliance {

inline const std::string kPulse = "instruments/pulse-adult.1";

// Two pages, whatever there is.
class FakeCases final : public CaseSource {
 public:
  Task<absl::StatusOr<internal::v1::ListClosedCasesResponse>> ClosedCases(
      CallContext&, internal::v1::ListClosedCasesRequest request) override {
    if (failing) co_return absl::UnavailableError("intake can't be reached");
    EXPECT_EQ(request.agency(), "agency-a");
    internal::v1::ListClosedCasesResponse page;
    const std::size_t half = cases.size() / 2;
    const bool first = !request.has_after();
    for (std::size_t i = first ? 0 : half; i < (first ? half : cases.size()); ++i) {
      *page.add_cases() = cases[i];
    }
    if (first) page.mutable_next()->set_sort_us(1);
    co_return page;
  }
  std::vector<internal::v1::ClosedCase> cases;
  bool failing = false;
};

// Reports are about no family.
class NoAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string,
                                     std::string) override {
    co_return schema::NotFound();
  }
};

class ReportWorld : public ::testing::Test {
 protected:
  static constexpr std::int64_t kHour = 3'600'000'000, kDay = 24 * kHour;
  static constexpr std::string_view kAgency = "agency-a";

  ReportWorld()
      : store_({.service = "alliance"}),
        public_ids_(store_.suite),
        ids_(public_ids_),
        etags_(store_.suite.Key(crypto::SuiteKey::kEtag, "alliance")),
        shelf_(*InstrumentShelf::Load()) {}

  struct Given {
    int family = 0, member = 0, session = 1;
    int helper = 0;
    int level = 50;               // of every item, percent of the scale
    std::vector<int> steps = {};  // of every item in turn; empty: the level
    bool own_view = false;        // the helper rates the member
    std::string instrument = kPulse;
  };

  static std::string FamilyId(int family) {
    return support::TestId("family-" + std::to_string(family));
  }
  static std::string MemberId(int family, int member) {
    return support::TestId(Concat({"m", std::to_string(family), "-", std::to_string(member)}));
  }
  static std::string SessionId(int family, int session) {
    return support::TestId(Concat({"s", std::to_string(family), "-", std::to_string(session)}));
  }
  static std::string HelperId(int helper) {
    return support::TestId("helper-" + std::to_string(helper));
  }
  // Sessions are hours apart, before the test's time.
  static std::int64_t SessionTime(int session) { return support::kMonday - kDay + session * kHour; }

  // A rating that Commit will put in; as it will be stored.
  v1::Rating Give(const Given& given) {
    const schema::Names names(ids_, agency_);
    const v1::Instrument& instrument = *shelf_.Find(given.instrument);
    const std::string family = FamilyId(given.family);
    const std::string member = names.Member(family, MemberId(given.family, given.member));
    const std::string helper = names.Professional(HelperId(given.helper));
    v1::Rating rating;
    rating.set_rater(given.own_view ? helper : member);
    rating.set_instrument(given.instrument);
    rating.set_session(names.Session(family, SessionId(given.family, given.session)));
    v1::RatingPart &about = *rating.add_parts(), &once = *rating.add_parts();
    about.set_target(given.own_view ? member : helper);
    once.set_target(names.Family(family));
    for (int i = 0; i < instrument.items_size(); ++i) {
      const v1::Item& item = instrument.items(i);
      v1::Answer& answer =
          item.asked() == v1::ASKED_ONCE ? *once.add_answers() : *about.add_answers();
      answer.set_item(item.number());
      const v1::Scale& scale = instrument.scale();
      answer.set_steps(given.steps.empty()
                           ? scale.min() + (scale.max() - scale.min()) * given.level / 100
                           : given.steps[static_cast<std::size_t>(i)]);
    }
    Score(instrument, rating);
    records::Record record = NewRecord(kRating, family, 0);
    record.parent = SessionId(given.family, given.session);
    record.sort_us = SessionTime(given.session);
    rating.set_name(names.Rating(family, record.id));
    Create(records::With(record, rating));
    return rating;
  }
  void Create(records::Record record) { pending_.push_back(std::move(record)); }
  // All that was given, recorded now.
  void Commit() {
    support::TestCall call(agency_, "test");
    records::Changes changes(call, store_.clock.NowMicros());
    for (records::Record& record : pending_) changes.Create(std::move(record));
    pending_.clear();
    const auto committed = RunSync(deps_.records.Commit(call, std::move(changes), v1::Rating()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  // Other answers in the place of a rating's, now.
  void Correct(int family, v1::Rating rating, int level) {
    const v1::Instrument& instrument = *shelf_.Find(rating.instrument());
    for (v1::RatingPart& part : *rating.mutable_parts()) {
      for (v1::Answer& answer : *part.mutable_answers()) {
        answer.set_steps(instrument.scale().max() * level / 100);
      }
    }
    Score(instrument, rating);
    const schema::Names names(ids_, agency_);
    const std::string id = names.Read(schema::patterns::kRating, rating.name())->id;
    records::Record before;
    ASSERT_TRUE(store_
                    .Read([&](db::Tx& tx) -> absl::Status {
                      ASSIGN_OR_RETURN(
                          before, deps_.records.Get(tx, agency_, FamilyId(family), kRating, id));
                      return absl::OkStatus();
                    })
                    .ok());
    support::TestCall call(agency_, "test");
    records::Changes changes(call, store_.clock.NowMicros());
    changes.Update(before, records::With(before, rating));
    const auto committed = RunSync(deps_.records.Commit(call, std::move(changes), rating));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  // The case that was open in the first five sessions.
  void CloseCase(int family, bool completed) {
    internal::v1::ClosedCase& one = cases_.cases.emplace_back();
    one.set_family(FamilyId(family));
    one.set_open_us(SessionTime(1));
    one.set_close_us(SessionTime(5));
    one.set_completed(completed);
  }
  // So much later that figures are worked out anew.
  void Later() { store_.clock.Advance(std::chrono::microseconds(11 * 60'000'000LL)); }

  support::ServiceStore store_;
  crypto::PublicIds public_ids_;
  schema::PublicIdCodec ids_;
  schema::Etags etags_;
  NoAccess access_;
  const records::ServiceCaches caches_{store_.Caches(ids_)};
  records::ServiceDeps deps_{*store_.db,   *store_.records, ids_,    etags_,
                             store_.suite, store_.clock,    access_, caches_};
  InstrumentShelf shelf_;
  AllianceStore records_{*store_.records, shelf_};
  std::string agency_{kAgency};  // of what is put in
  FakeCases cases_;
  AgencyReports reports_{deps_, records_, cases_};

 private:
  static void Score(const v1::Instrument& instrument, v1::Rating& rating) {
    for (int i = 0; i < rating.parts_size(); ++i) {
      v1::RatingPart& part = *rating.mutable_parts(i);
      *part.mutable_scores() =
          ScorePart(instrument, i == 1 ? v1::ASKED_ONCE : v1::ASKED_PER_TARGET, part.answers(), {});
    }
  }

  std::vector<records::Record> pending_;
};

}  // namespace rapport::alliance
