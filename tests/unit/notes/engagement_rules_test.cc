#include "notes/engagement_rules.h"

#include <gtest/gtest.h>

namespace rapport::notes {
namespace {

struct Part {
  const char* member;
  v1::Presence presence;
  v1::Participation participation = v1::PARTICIPATION_UNSPECIFIED;
  bool by_plan = false;
};

v1::Session Held(std::int64_t start_s, const std::vector<Part>& parts) {
  v1::Session session;
  session.set_state(v1::SESSION_STATE_HELD);
  session.mutable_start_time()->set_seconds(start_s);
  for (const Part& part : parts) {
    session.add_invited_members(part.member);
    if (part.presence == v1::PRESENCE_UNSPECIFIED) continue;
    v1::Attendance& entry = *session.add_attendance();
    entry.set_person(part.member);
    entry.set_presence(part.presence);
    entry.set_participation(part.participation);
    entry.set_by_plan(part.by_plan);
  }
  return session;
}

v1::Note About(const std::vector<const char*>& members, v1::NoteState state) {
  v1::Note note;
  note.set_state(state);
  for (const char* member : members) {
    note.add_sections()->add_statements()->set_about_member(member);
  }
  return note;
}

TEST(Engagement, CountsEachKindOfAttendance) {
  const std::vector<v1::Session> held = {
      Held(100, {{"m1", v1::PRESENCE_PRESENT}, {"m2", v1::PRESENCE_PRESENT}}),
      Held(200, {{"m1", v1::PRESENCE_LATE}}),
      Held(300, {{"m1", v1::PRESENCE_LEFT_EARLY}}),
      Held(400, {{"m1", v1::PRESENCE_ABSENT, {}, true}}),
      Held(500, {{"m1", v1::PRESENCE_ABSENT}}),
      Held(600, {{"m1", v1::PRESENCE_UNSPECIFIED}}),
      Held(700, {{"m2", v1::PRESENCE_PRESENT}})};
  const auto engagement = EngagementOf("m1", held, {});
  EXPECT_EQ(engagement.member(), "m1");
  EXPECT_EQ(engagement.invited(), 6);
  EXPECT_EQ(engagement.attended(), 3);
  EXPECT_EQ(engagement.absent_by_plan(), 1);
  EXPECT_EQ(engagement.absent_unplanned(), 1);
  EXPECT_EQ(engagement.last_attended_time().seconds(), 300);
}

TEST(Engagement, TakesTheLastAttendedSessionWhateverTheOrder) {
  const std::vector<v1::Session> held = {Held(300, {{"m1", v1::PRESENCE_PRESENT}}),
                                         Held(100, {{"m1", v1::PRESENCE_PRESENT}})};
  EXPECT_EQ(EngagementOf("m1", held, {}).last_attended_time().seconds(), 300);
}

TEST(Engagement, VoiceIsTheMeanOfWhatWasObserved) {
  const std::vector<v1::Session> held = {
      Held(1, {{"m1", v1::PRESENCE_PRESENT, v1::PARTICIPATION_QUIET}}),
      Held(2, {{"m1", v1::PRESENCE_PRESENT, v1::PARTICIPATION_WITHDREW}}),
      Held(3, {{"m1", v1::PRESENCE_PRESENT, v1::PARTICIPATION_ACTIVE}}),
      Held(4, {{"m1", v1::PRESENCE_PRESENT, v1::PARTICIPATION_LED}}),
      Held(5, {{"m1", v1::PRESENCE_PRESENT}})};
  EXPECT_DOUBLE_EQ(EngagementOf("m1", held, {}).voice(), 0.5);
}

TEST(Engagement, WithoutObservationThereIsNoVoice) {
  const std::vector<v1::Session> held = {Held(1, {{"m1", v1::PRESENCE_PRESENT}})};
  EXPECT_FALSE(EngagementOf("m1", held, {}).has_voice());
  EXPECT_FALSE(EngagementOf("m1", {}, {}).has_last_attended_time());
}

TEST(Engagement, MentionsAreStatementsOfSignedNotesAndTheirAddenda) {
  std::vector<v1::Note> notes = {About({"m1", "m1", "m2"}, v1::NOTE_STATE_LOCKED),
                                 About({"m1"}, v1::NOTE_STATE_AWAITING_COSIGN),
                                 About({"m1"}, v1::NOTE_STATE_SIGNED),
                                 About({"m1"}, v1::NOTE_STATE_DRAFT)};
  notes[0].add_addenda()->add_statements()->set_about_member("m1");
  EXPECT_EQ(EngagementOf("m1", {}, notes).mentions(), 5);
  EXPECT_EQ(EngagementOf("m3", {}, notes).mentions(), 0);
}

TEST(Engagement, OfAPeriodIsOfThoseWhoWereInTheFamilyThen) {
  EXPECT_TRUE(Overlaps({10, 20}, {}));
  EXPECT_TRUE(Overlaps({10, 0}, {.from_us = 1'000}));
  EXPECT_TRUE(Overlaps({10, 20}, {.from_us = 19, .to_us = 30}));
  EXPECT_FALSE(Overlaps({10, 20}, {.from_us = 20}));
  EXPECT_FALSE(Overlaps({10, 20}, {.to_us = 10}));
}

}  // namespace
}  // namespace rapport::notes
