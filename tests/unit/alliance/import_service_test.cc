// Imports of ratings by external ids: 960 rows of an oracle, and what is refused row by row.
#include "alliance/import_answers.h"
#include "unit/alliance/alliance_fixture.h"
#include "unit/alliance/oracle.h"

#include <set>
#include <tuple>

namespace rapport::alliance {
namespace {

using testing::Cell;
using testing::CsvRow;
using testing::Near;
using testing::ReadCsv;

class FakeStream final : public Stream<v1::ImportRatingsRequest> {
 public:
  explicit FakeStream(std::vector<v1::ImportRatingsRequest> messages)
      : messages_(std::move(messages)) {}
  Task<absl::StatusOr<bool>> Next(v1::ImportRatingsRequest& request) override {
    if (at_ == messages_.size()) co_return false;
    request = messages_[at_++];
    co_return true;
  }
  std::size_t given() const { return at_; }

 private:
  std::vector<v1::ImportRatingsRequest> messages_;
  std::size_t at_ = 0;
};

class ImportService : public AllianceTest {
 protected:
  void CreateD1() {
    v1::CreateInstrumentRequest request;
    request.mutable_instrument()->CopyFrom(
        ParseInstrument(testing::ReadSource("tests/data/instruments/d1.textproto")).instrument);
    Call call = ByService();
    call.access.family.clear();
    auto created = Run(call, &AllianceService::CreateInstrument, request);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  // A family of the oracle as intake and notes know it: its members, one therapist, 8 sessions.
  void AddFamily(const std::string& external, const std::set<std::string>& members, int sessions) {
    const std::string id = support::TestId(external);
    const std::string name = names_.Family(id);
    auto facts = std::make_shared<AccessFacts>();
    facts->family = id;
    facts->helpers = facts_.helpers;
    intake::v1::Roster& roster = rosters_.rosters[name];
    for (const std::string& member : members) {
      const std::string inner = support::TestId(member);
      facts->members.push_back({.member = inner, .direct = true, .period = {1, 0}});
      facts->consents.push_back({inner, intake::v1::CONSENT_PURPOSE_RATINGS, {1, 0}});
      auto& on_roster = *roster.add_members();
      on_roster.set_member(names_.Member(id, inner));
      SetId(member, on_roster.add_external_ids());
    }
    rosters_.families[external] = name;
    access_.granted[id] = {.viewer = Viewer::kAgency, .family = id, .facts = facts};
    for (int number = 1; number <= sessions; ++number) {
      internal::v1::SessionHeld held;
      held.set_session(support::TestId(external + "-" + std::to_string(number)));
      held.set_started_us(store_.clock.NowMicros() - (60 - 7 * number) * kDay);
      held.set_ended_us(held.started_us() + kHour);
      held.set_format(notes::v1::SESSION_FORMAT_WHOLE_FAMILY);
      for (const std::string& member : members) {
        Attend(held, support::TestId(member), false, true);
      }
      Attend(held, therapist_, true, true);
      SetId(external + "-" + std::to_string(number), held.add_external_ids());
      auto event =
          Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1, held.SerializeAsString());
      event.set_family(id);
      const AccessFacts own = std::exchange(facts_, *facts);
      const absl::Status told = Deliver(event);
      facts_ = own;
      ASSERT_TRUE(told.ok()) << told;
    }
  }
  static void SetId(const std::string& value, type::v1::ExternalId* id) {
    id->set_system("ehr");
    id->set_value(value);
  }
  static v1::ImportRow RowOf(const CsvRow& csv, int line) {
    v1::ImportRow row;
    row.set_line(line);
    row.set_family(csv.at("family_id"));
    row.set_member(csv.at("member_id"));
    row.set_session(csv.at("family_id") + "-" + csv.at("session"));
    for (int item = 1; item <= 12; ++item) {
      const std::string& cell = csv.at((item < 10 ? "i0" : "i") + std::to_string(item));
      if (cell.empty()) continue;
      v1::Answer& answer = *row.add_answers();
      answer.set_item(item);
      answer.set_steps(std::stoi(cell));
    }
    return row;
  }
  static v1::ImportRatingsRequest Header() {
    v1::ImportRatingsRequest first;
    first.mutable_header()->set_request_id("6f1c0d4e-3a52-4b55-9d6c-0c5c5b6f0a11");
    first.mutable_header()->set_instrument("instruments/d1.1");
    first.mutable_header()->set_system("ehr");
    return first;
  }
  absl::StatusOr<v1::ImportRatingsResponse> Send(std::vector<v1::ImportRatingsRequest> messages) {
    FakeStream stream(std::move(messages));
    Call call = ByService();
    call.access = {.viewer = Viewer::kAgency};
    RETURN_IF_ERROR(support::MissingRpc<v1::ImportRatingsRequest>());
    return RunSync(service_.ImportRatings(call, stream));
  }
  absl::StatusOr<v1::ImportRatingsResponse> SendRows(const std::vector<v1::ImportRow>& rows) {
    std::vector<v1::ImportRatingsRequest> messages = {Header()};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % 300 == 0) messages.emplace_back();
      *messages.back().add_rows() = rows[i];
    }
    return Send(std::move(messages));
  }
};

TEST_F(ImportService, TheOraclesRatingsGetTheOraclesScores) {
  CreateD1();
  const auto ratings = ReadCsv("tests/data/oracle/input/d1_ratings.csv");
  std::map<std::string, std::set<std::string>> families;
  for (const CsvRow& row : ratings) families[row.at("family_id")].insert(row.at("member_id"));
  for (const auto& [family, members] : families) AddFamily(family, members, 8);
  std::vector<v1::ImportRow> rows;
  for (const CsvRow& row : ratings) rows.push_back(RowOf(row, static_cast<int>(rows.size()) + 2));
  auto response = SendRows(rows);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->recorded_rows(), 960);
  EXPECT_EQ(response->refused_rows(), 0);
  EXPECT_EQ(rosters_.families_asked, static_cast<int>(families.size()));

  std::map<std::tuple<std::string, std::string, std::string>, const v1::ImportOutcome*> outcomes;
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    const auto& outcome = response->outcomes(static_cast<int>(i));
    ASSERT_EQ(outcome.line(), rows[i].line());
    ASSERT_FALSE(outcome.has_error()) << outcome.error().reason();
    outcomes[{ratings[i].at("family_id"), ratings[i].at("member_id"), ratings[i].at("session")}] =
        &outcome;
  }
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/d1_scores.csv")) {
    const auto* outcome =
        outcomes.at({row.at("family_id"), row.at("member_id"), row.at("session")});
    for (const char* code : {"goal", "task", "bond", "total"}) {
      const v1::Score score = testing::ScoreOf(outcome->scores(), code);
      EXPECT_TRUE(
          Near(Cell(row, code), score.has_value() ? std::optional(score.value()) : std::nullopt))
          << row.at("member_id") << " " << row.at("session") << " " << code;
    }
  }
}

class ImportOfOneFamily : public ImportService {
 protected:
  ImportOfOneFamily() {
    CreateD1();
    AddFamily("F001", {"F001-M1", "F001-M2"}, 2);
  }
  static v1::ImportRow Row(int line, const std::string& member, int session) {
    v1::ImportRow row;
    row.set_line(line);
    row.set_family("F001");
    row.set_member(member);
    row.set_session("F001-" + std::to_string(session));
    for (int item = 1; item <= 12; ++item) {
      v1::Answer& answer = *row.add_answers();
      answer.set_item(item);
      answer.set_steps(4);
    }
    return row;
  }
};

TEST_F(ImportOfOneFamily, BadRowsAreReportedAndGoodOnesRecorded) {
  std::vector<v1::ImportRow> rows = {
      Row(2, "F001-M1", 1), Row(3, "F001-M9", 1), Row(4, "F001-M1", 7), Row(5, "F001-M2", 1),
      Row(6, "F001-M1", 1), Row(7, "F001-M2", 2), Row(8, "F001-M2", 2)};
  rows[3].mutable_answers(5)->set_steps(9);
  rows[4].set_family("F999");
  auto response = SendRows(rows);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->recorded_rows(), 2);
  EXPECT_EQ(response->refused_rows(), 5);
  const auto& outcomes = response->outcomes();
  EXPECT_FALSE(outcomes[0].rating().empty());
  EXPECT_EQ(outcomes[1].error().field(), "member");
  EXPECT_EQ(outcomes[2].error().reason(), "SESSION_NOT_HELD");
  EXPECT_EQ(outcomes[3].error().field(), "answers[5].steps");
  EXPECT_EQ(outcomes[4].error().reason(), "NOT_FOUND");
  EXPECT_EQ(outcomes[4].error().field(), "family");
  EXPECT_FALSE(outcomes[5].rating().empty());
  EXPECT_EQ(outcomes[6].error().reason(), "ALREADY_EXISTS");
}

TEST_F(ImportOfOneFamily, TheSameImportAgainIsAnsweredAsItWasAndAsKnown) {
  const std::vector<v1::ImportRow> rows = {Row(2, "F001-M1", 1), Row(3, "F001-M2", 1)};
  auto first = SendRows(rows), second = SendRows(rows);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->recorded_rows(), 2);
  EXPECT_EQ(second->recorded_rows(), 0);
  EXPECT_EQ(second->known_rows(), 2);
  EXPECT_EQ(second->refused_rows(), 0);
  for (v1::ImportOutcome& outcome : *second->mutable_outcomes()) {
    EXPECT_TRUE(outcome.known());
    outcome.clear_known();
  }
  ASSERT_EQ(second->outcomes_size(), 2);
  for (int i : {0, 1}) {
    EXPECT_EQ(first->outcomes(i).SerializeAsString(), second->outcomes(i).SerializeAsString());
  }
}

TEST_F(ImportOfOneFamily, ARowWithOtherAnswersThanThoseOnRecordSaysWhichAndChangesNothing) {
  const v1::ImportRow row = Row(2, "F001-M1", 1);
  ASSERT_TRUE(SendRows({row}).ok());
  v1::ImportRow same_line = row, other_line = Row(3, "F001-M1", 1), fewer = Row(4, "F001-M1", 1);
  same_line.mutable_answers(4)->set_steps(1);
  other_line.mutable_answers(4)->set_steps(1);
  other_line.mutable_answers(7)->set_steps(2);
  fewer.mutable_answers()->RemoveLast();
  const auto response = SendRows({same_line, other_line, fewer, row});
  ASSERT_TRUE(response.ok()) << response.status();
  const auto fields = [&](int row) {
    std::vector<std::string> all;
    for (const auto& error : response->outcomes(row).errors()) {
      EXPECT_EQ(error.reason(), "RATING_DIFFERS");
      all.push_back(error.field());
    }
    return all;
  };
  EXPECT_THAT(fields(0), ::testing::ElementsAre("answers[4].steps"));
  EXPECT_THAT(fields(1), ::testing::ElementsAre("answers[4].steps", "answers[7].steps"));
  EXPECT_THAT(fields(2), ::testing::ElementsAre("answers"));
  EXPECT_TRUE(response->outcomes(3).known());
  EXPECT_EQ(response->refused_rows(), 3);
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record WHERE kind = $1", {kRating}), 1);
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record_history WHERE kind = $1", {kRating}), 0);
}

TEST_F(ImportOfOneFamily, SoDoesOneThatComesTwiceInTheFile) {
  v1::ImportRow again = Row(3, "F001-M1", 1);
  again.mutable_answers(0)->set_steps(1);
  const auto response = SendRows({Row(2, "F001-M1", 1), again, Row(4, "F001-M1", 1)});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcomes(1).error().reason(), "RATING_DIFFERS");
  EXPECT_EQ(response->outcomes(1).error().field(), "answers[0].steps");
  EXPECT_EQ(response->outcomes(2).error().reason(), "ALREADY_EXISTS");
}

TEST_F(ImportOfOneFamily, WhatWasImportedAndCorrectedSinceIsKnownAsItWas) {
  const v1::ImportRow row = Row(2, "F001-M1", 1);
  const auto first = SendRows({row});
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string id = support::TestId("F001");
  Call call = ByTherapist();
  call.access = access_.granted[id];
  call.access.viewer = Viewer::kCareTeam;
  call.access.professional = therapist_;
  v1::ListRatingsRequest list;
  list.set_parent(names_.Family(id));
  const auto listed = Run(call, &AllianceService::ListRatings, list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  v1::CorrectRatingRequest correct;
  correct.set_name(listed->ratings(0).name());
  correct.set_etag(listed->ratings(0).etag());
  correct.set_reason(v1::CORRECTION_REASON_ENTRY_ERROR);
  *correct.mutable_parts() = listed->ratings(0).parts();
  for (v1::RatingPart& part : *correct.mutable_parts()) part.clear_scores();
  correct.mutable_parts(0)->mutable_answers(0)->set_steps(2);
  Call again = ByTherapist();
  again.access = call.access;
  const auto corrected = Run(again, &AllianceService::CorrectRating, correct);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  auto second = SendRows({row});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->outcomes(0).known());
  second->mutable_outcomes(0)->clear_known();
  EXPECT_EQ(second->outcomes(0).SerializeAsString(), first->outcomes(0).SerializeAsString());
}

// Somebody who may not read what is on record about safety could ask for it row by row.
TEST(ImportAnswers, WhatIsOnRecordAboutSafetyIsComparedForThoseWhoMaySeeIt) {
  v1::Instrument form;
  v1::ImportRow row;
  v1::Rating recorded;
  v1::RatingPart& part = *recorded.add_parts();
  part.set_target("professionals/1");
  for (int number : {1, 2}) {
    v1::Item& item = *form.add_items();
    item.set_number(number);
    item.set_content(number == 1 ? v1::CONTENT_SAFETY : v1::CONTENT_TASK);
    v1::Answer& answer = *part.add_answers();
    answer.set_item(number);
    answer.set_steps(1);
    *row.add_answers() = answer;
    row.mutable_answers(number - 1)->set_steps(3);
  }
  const auto fields = [&](const v1::Rating& said, const v1::Instrument* hides) {
    std::vector<std::string> all;
    for (const RatingFault& fault : DifferencesOf(row, said, recorded, hides)) {
      all.push_back(fault.field);
    }
    return all;
  };
  EXPECT_THAT(fields({}, nullptr), ::testing::ElementsAre("answers[0].steps", "answers[1].steps"));
  EXPECT_THAT(fields({}, &form), ::testing::ElementsAre("answers[1].steps"));
  v1::Rating of_another;
  of_another.add_parts()->set_target("professionals/2");
  EXPECT_THAT(fields(of_another, nullptr), ::testing::ElementsAre("professional"));
}

TEST_F(ImportOfOneFamily, AFamilyTheCallerMayNotWriteToIsLikeAnUnknownOne) {
  access_.granted.clear();
  auto known = Row(2, "F001-M1", 1), unknown = known;
  unknown.set_family("F999");
  unknown.set_line(3);
  auto response = SendRows({known, unknown});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcomes(0).error().SerializeAsString(),
            response->outcomes(1).error().SerializeAsString());
}

TEST_F(ImportOfOneFamily, TheHeaderComesFirstAndOnce) {
  EXPECT_EQ(Send({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Send({v1::ImportRatingsRequest()}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Send({Header(), Header()}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ImportOfOneFamily, AnUnknownInstrumentEndsTheImportAtItsHeader) {
  for (const char* unknown : {"instruments/none.1", "instruments/d1.9"}) {
    auto header = Header();
    header.mutable_header()->set_instrument(unknown);
    v1::ImportRatingsRequest rows;
    *rows.add_rows() = Row(2, "nobody", 1);
    FakeStream stream({header, rows});
    Call call = ByService();
    call.access = {.viewer = Viewer::kAgency};
    const auto refused = RunSync(service_.ImportRatings(call, stream));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << unknown;
    EXPECT_THAT(schema::StatusDetails(refused.status()), ::testing::HasSubstr("header.instrument"));
    EXPECT_EQ(stream.given(), 1) << "no row is read";
  }
}

TEST_F(ImportOfOneFamily, EveryFaultOfARowIsSaid) {
  v1::ImportRow wrong = Row(2, "nobody", 7);
  wrong.set_professional("nobody either");
  wrong.mutable_answers(5)->set_steps(9);
  v1::ImportRow empty = Row(0, "", 1);
  auto response = SendRows({wrong, empty});
  ASSERT_TRUE(response.ok()) << response.status();
  const auto fields = [&](int row) {
    std::vector<std::string> all;
    for (const auto& error : response->outcomes(row).errors()) all.push_back(error.field());
    return all;
  };
  EXPECT_THAT(fields(0),
              ::testing::ElementsAre("member", "session", "professional", "answers[5].steps"));
  EXPECT_THAT(fields(1), ::testing::UnorderedElementsAre("line", "member"));
  for (const auto& outcome : response->outcomes()) {
    EXPECT_EQ(outcome.error().field(), outcome.errors(0).field()) << "the first is told as before";
    EXPECT_EQ(outcome.error().reason(), outcome.errors(0).reason());
  }
}

}  // namespace
}  // namespace rapport::alliance
