#include "intake/safety_rules.h"

#include "intake/person_rules.h"

#include <rapport/notes/v1/session.pb.h>

#include <algorithm>

namespace rapport::intake {
bool MustBeScreened(const v1::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us);
  return AttendsAt(member, at_us) && (age < 0 || age >= kScreenedYears);
}

namespace {

const v1::SafetyScreen* Newest(const CaseFile& file, std::string_view member, bool with_result) {
  const v1::SafetyScreen* newest = nullptr;
  for (const v1::SafetyScreen& screen : file.screens) {
    if (screen.member() != member) continue;
    if (with_result && screen.result() == v1::SAFETY_RESULT_UNSPECIFIED) continue;
    if (newest == nullptr || Micros(screen.screen_time()) >= Micros(newest->screen_time())) {
      newest = &screen;
    }
  }
  return newest;
}

// Since when somebody who was never asked is to be: they joined, or came to attend, when the case
// was open. Nullopt: the case does not open before.
std::optional<std::int64_t> JoinedOpenCase(const CaseFile& file, const v1::Member& member) {
  const v1::Family& family = file.family;
  const bool opened =
      family.state() == v1::FAMILY_STATE_OPEN || family.state() == v1::FAMILY_STATE_ON_HOLD;
  if (!opened || !family.has_open_time()) return std::nullopt;
  std::int64_t since_us = Micros(family.open_time());
  for (const v1::Period& period : member.periods()) {
    if (!period.has_end_time()) since_us = std::max(since_us, Micros(period.start_time()));
  }
  return since_us;
}

}  // namespace

const v1::SafetyScreen* NewestScreen(const CaseFile& file, std::string_view member) {
  return Newest(file, member, /*with_result=*/false);
}

const v1::SafetyScreen* NewestResult(const CaseFile& file, std::string_view member) {
  return Newest(file, member, /*with_result=*/true);
}

std::optional<ScreenDue> NextScreen(const CaseFile& file, const v1::Member& member) {
  const v1::SafetyScreen* screen = NewestScreen(file, member.name());
  if (screen == nullptr) {
    const auto since_us = JoinedOpenCase(file, member);
    if (!since_us) return std::nullopt;
    return ScreenDue{*since_us, "nobody has asked them yet"};
  }
  const std::int64_t asked_us = Micros(screen->screen_time());
  std::optional<ScreenDue> due;
  const auto at = [&](std::int64_t at_us, std::string_view why) {
    if (at_us > asked_us && (!due || at_us < due->at_us)) due = {at_us, why};
  };
  if (screen->has_next_due_time()) at(Micros(screen->next_due_time()), "it is time again");
  for (const v1::LevelAssessment& assessment : file.assessments) {
    if (assessment.occasion() == v1::ASSESSMENT_OCCASION_CRISIS) {
      at(Micros(assessment.create_time()), "there was a crisis");
    }
  }
  if (file.family.has_emergency()) {
    at(Micros(file.family.emergency().start_time()), "the case was opened in an emergency");
  }
  for (const Attended& attended : file.attended) {
    if (attended.member == member.name() && attended.joint_us <= asked_us) {
      at(attended.individual_us, "before a joint session, after individual ones");
    }
  }
  return due;
}

bool NoteAttendance(const internal::v1::SessionHeld& held,
                    internal::v1::StoredSessionTally* tally) {
  const bool individual = held.format() == notes::v1::SESSION_FORMAT_INDIVIDUAL;
  bool changed = false;
  for (const auto& attendee : held.attendees()) {
    if (attendee.professional() || attendee.presence() == notes::v1::PRESENCE_UNSPECIFIED ||
        attendee.presence() == notes::v1::PRESENCE_ABSENT) {
      continue;
    }
    auto& all = *tally->mutable_attended();
    auto known = std::find_if(all.begin(), all.end(),
                              [&](const auto& one) { return one.member() == attendee.person(); });
    auto& one = known != all.end() ? *known : *all.Add();
    one.set_member(attendee.person());
    const std::int64_t before_us = individual ? one.individual_us() : one.joint_us();
    if (before_us >= held.started_us()) continue;
    changed = true;
    if (individual) {
      one.set_individual_us(held.started_us());
    } else {
      one.set_joint_us(held.started_us());
    }
  }
  return changed;
}

std::vector<std::pair<std::string, std::string>> SeparatedPairs(const CaseFile& file) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const v1::Member& member : file.members) {
    const v1::SafetyScreen* screen = NewestResult(file, member.name());
    if (screen == nullptr || screen->result() != v1::SAFETY_RESULT_SEPARATE_ONLY) continue;
    for (const std::string& other : screen->separate_from()) {
      pairs.emplace_back(std::min(member.name(), other), std::max(member.name(), other));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::SafetyScreen& screen,
                                                          const CaseFile& file,
                                                          std::int64_t now_us) {
  std::vector<std::pair<std::string, std::string>> faults;
  const auto expect = [&](bool holds, const char* field, const char* what) {
    if (!holds) faults.emplace_back(field, what);
  };
  const v1::Member* member = FindMember(file, screen.member());
  expect(member != nullptr, "member", "a member of this family");
  const bool unable = !screen.unable_reason().empty();
  expect(unable != (screen.result() != v1::SAFETY_RESULT_UNSPECIFIED), "result",
         "a result, or the reason why the person can't answer, not both");
  expect(!unable || member == nullptr || !IsAdultAt(*member, now_us), "unable_reason",
         "of a minor only: an adult who does not answer was not screened");
  expect((screen.result() == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) ==
             !screen.conditions().empty(),
         "conditions", "what must hold, with CONJOINT_WITH_CONDITIONS only");
  expect((screen.result() == v1::SAFETY_RESULT_SEPARATE_ONLY) == (screen.separate_from_size() > 0),
         "separate_from", "at least one member, with SEPARATE_ONLY only");
  expect((screen.result() == v1::SAFETY_RESULT_REFER) == !screen.referred_to().empty(),
         "referred_to", "where the person was sent, with REFER only");
  for (int i = 0; i < screen.separate_from_size(); ++i) {
    const std::string& other = screen.separate_from(i);
    if (other == screen.member() || FindMember(file, other) == nullptr) {
      faults.emplace_back("separate_from[" + std::to_string(i) + "]",
                          "another member of this family");
    }
  }
  expect(!screen.has_screen_time() || Micros(screen.screen_time()) <= now_us, "screen_time",
         "not in the future");
  return faults;
}

bool IsCrisis(const v1::SafetyScreen& screen) {
  return screen.result() == v1::SAFETY_RESULT_SEPARATE_ONLY ||
         screen.result() == v1::SAFETY_RESULT_REFER;
}

}  // namespace rapport::intake
