#include "intake/retention_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace rapport::intake {
namespace {

using std::chrono::sys_days;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

std::int64_t At(int year, unsigned month, unsigned day) {
  const sys_days at = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

CaseFile Closed(int year, unsigned month, unsigned day) {
  CaseFile file;
  file.family.set_name("families/f");
  file.family.set_state(v1::FAMILY_STATE_CLOSED);
  file.family.mutable_state_time()->set_seconds(At(year, month, day) / 1'000'000 + 3'600);
  return file;
}

void AddMember(CaseFile& file, v1::MemberRole role, int year = 0, int month = 0, int day = 0) {
  v1::Member& member = file.members.emplace_back();
  member.set_role(role);
  if (year == 0) return;
  member.mutable_birth_date()->set_year(year);
  member.mutable_birth_date()->set_month(month);
  member.mutable_birth_date()->set_day(day);
}

struct RetentionCase {
  const char* about;
  const char* jurisdiction;
  int agency_years;
  v1::MemberRole role;
  int born_year, born_month, born_day;  // 0: unknown
  std::int64_t until_us;
};

// Treatment ended on 15 March 2030. The day after the last day counts.
TEST(RetentionI11, TheLatestDateThatALawOrTheAgencyAsksForHolds) {
  const RetentionCase cases[] = {
      {"an adult in Los Angeles County: 10 years", "US-CA-LA", 7, v1::MEMBER_ROLE_PARENT, 1990, 1,
       1, At(2040, 3, 16)},
      {"a baby there: 1 year after 18", "US-CA-LA", 7, v1::MEMBER_ROLE_CHILD, 2030, 1, 1,
       At(2049, 1, 2)},
      {"a minor of 17 there: not less than 10 years", "US-CA-LA", 7, v1::MEMBER_ROLE_CHILD, 2012, 6,
       1, At(2040, 3, 16)},
      {"18 on the last day: an adult", "US-CA", 7, v1::MEMBER_ROLE_CHILD, 2012, 3, 15,
       At(2037, 3, 16)},
      {"18 the day after: a minor", "US-CA", 7, v1::MEMBER_ROLE_CHILD, 2012, 3, 16,
       At(2037, 3, 17)},
      {"New York: 1 year after 21", "US-NY", 1, v1::MEMBER_ROLE_CHILD, 2020, 5, 5, At(2042, 5, 6)},
      {"the agency promises more than the law", "US-CA", 30, v1::MEMBER_ROLE_PARENT, 1990, 1, 1,
       At(2060, 3, 16)},
      {"born on 29 February: of age on 1 March", "US-CA-LA", 1, v1::MEMBER_ROLE_CHILD, 2028, 2, 29,
       At(2047, 3, 2)},
      {"a child of unknown age counts as born that day", "US-CA", 1, v1::MEMBER_ROLE_CHILD, 0, 0, 0,
       At(2055, 3, 16)},
      {"Germany: 10 years at any age", "DE", 1, v1::MEMBER_ROLE_CHILD, 2029, 1, 1, At(2040, 3, 16)},
      {"a parent of unknown age is an adult", "DE", 1, v1::MEMBER_ROLE_PARENT, 0, 0, 0,
       At(2040, 3, 16)},
      {"elsewhere the agency's own years", "nowhere", 5, v1::MEMBER_ROLE_PARENT, 1990, 1, 1,
       At(2035, 3, 16)},
      {"elsewhere, a minor: from 18 on", "", 5, v1::MEMBER_ROLE_CHILD, 2029, 1, 1, At(2052, 1, 2)},
  };
  for (const RetentionCase& one : cases) {
    CaseFile file = Closed(2030, 3, 15);
    AddMember(file, one.role, one.born_year, one.born_month, one.born_day);
    const RetentionRule rule = RetentionRuleOf(one.jurisdiction, one.agency_years);
    EXPECT_EQ(RetainedUntil(file, rule, one.agency_years), one.until_us) << one.about;
  }
}

TEST(RetentionI11, OfAFamilyTheLatestMemberCounts) {
  CaseFile file = Closed(2030, 3, 15);
  AddMember(file, v1::MEMBER_ROLE_PARENT, 1990, 1, 1);
  AddMember(file, v1::MEMBER_ROLE_CHILD, 2029, 7, 1);
  AddMember(file, v1::MEMBER_ROLE_CHILD, 2015, 7, 1);
  EXPECT_EQ(RetainedUntil(file, RetentionRuleOf("US-CA-LA", 7), 7), At(2048, 7, 2));
}

TEST(RetentionI11, EveryLawSaysWhereItIsWritten) {
  for (const RetentionRule& rule : RetentionRules()) {
    EXPECT_NE(rule.jurisdiction, "");
    EXPECT_NE(rule.source, "") << rule.jurisdiction;
    EXPECT_GT(rule.adult_years, 0) << rule.jurisdiction;
  }
}

TEST(ErasureRulesI11, EverythingInTheWayIsListed) {
  CaseFile open;
  open.family.set_name("families/f");
  open.family.set_state(v1::FAMILY_STATE_OPEN);
  EXPECT_EQ(RetainedUntil(open, RetentionRuleOf("", 7), 7), 0);
  EXPECT_THAT(UnmetForErasure(open, {}, {}, 0, At(2050, 1, 1)),
              ElementsAre(Field(&Unmet::type, "CASE_NOT_CLOSED")));

  const CaseFile closed = Closed(2030, 3, 15);
  v1::LegalHold released, held;
  released.set_name("families/f/legalHolds/a");
  released.mutable_release_time()->set_seconds(1);
  held.set_name("families/f/legalHolds/b");
  const std::vector<v1::LegalHold> holds = {released, held};
  v1::RecordRequest decided, waits;
  decided.set_name("families/f/recordRequests/a");
  decided.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
  waits.set_name("families/f/recordRequests/b");
  const std::vector<v1::RecordRequest> requests = {decided, waits};
  const std::int64_t until_us = At(2040, 3, 16);
  EXPECT_THAT(
      UnmetForErasure(closed, holds, requests, until_us, until_us - 1),
      ElementsAre(
          Unmet{"LEGAL_HOLD", "families/f/legalHolds/b", "the legal hold is released first"},
          Unmet{"RECORD_REQUEST_OPEN", "families/f/recordRequests/b",
                "the request for the record is decided first (DecideRecordRequest)"},
          Unmet{"RETENTION_NOT_OVER", "families/f", "the records are kept until 2040-03-16"}));
  EXPECT_THAT(UnmetForErasure(closed, {holds.data(), 1}, {requests.data(), 1}, until_us, until_us),
              IsEmpty());
}

TEST(ErasureRulesI11, ARequestLapsesAndIsDoneWithTheLastService) {
  v1::Erasure erasure;
  erasure.set_state(v1::ERASURE_STATE_REQUESTED);
  erasure.mutable_approve_by_time()->set_seconds(100);
  EXPECT_EQ(StateAt(erasure, 99'999'999), v1::ERASURE_STATE_REQUESTED);
  EXPECT_EQ(StateAt(erasure, 100'000'000), v1::ERASURE_STATE_LAPSED);
  EXPECT_FALSE(NoteDone("notes", 1, &erasure)) << "nobody was told yet";

  erasure.set_state(v1::ERASURE_STATE_APPROVED);
  EXPECT_EQ(StateAt(erasure, 100'000'000), v1::ERASURE_STATE_APPROVED);
  erasure.add_services()->set_service("intake");
  erasure.add_services()->set_service("notes");
  EXPECT_TRUE(NoteDone("notes", 1'000'000, &erasure));
  EXPECT_FALSE(NoteDone("notes", 2'000'000, &erasure)) << "said twice";
  EXPECT_EQ(erasure.services(1).done_time().seconds(), 1);
  EXPECT_FALSE(NoteDone("elsewhere", 2'000'000, &erasure));
  EXPECT_EQ(erasure.state(), v1::ERASURE_STATE_APPROVED);
  EXPECT_TRUE(NoteDone("intake", 3'000'000, &erasure));
  EXPECT_EQ(erasure.state(), v1::ERASURE_STATE_DONE);
  EXPECT_EQ(erasure.done_time().seconds(), 3);
}

}  // namespace
}  // namespace rapport::intake
