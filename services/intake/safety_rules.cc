#include "intake/safety_rules.h"

#include "intake/person_rules.h"

#include <rapport/notes/v1/session.pb.h>

#include <algorithm>
#include <map>
#include <span>

namespace rapport::intake {
bool MustBeScreened(const CaseFile& file, const v1::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us, file.rules.zone);
  const bool asked = age < 0 || age >= kScreenedYears || IsReferred(file, member.name());
  return AttendsAt(member, at_us) && asked;
}

bool IsTooSmallToBeAsked(const CaseFile& file, const v1::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us, file.rules.zone);
  return age >= 0 && age < kScreenedYears;
}

bool IsReferred(const CaseFile& file, std::string_view member) {
  const v1::SafetyScreen* result = NewestResult(file, member);
  return result != nullptr && result->result() == v1::SAFETY_RESULT_REFER;
}

namespace {

constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

using Pairs = std::vector<std::pair<std::string, std::string>>;

const v1::SafetyScreen* Newest(std::span<const v1::SafetyScreen> screens, std::string_view member,
                               bool with_result) {
  const v1::SafetyScreen* newest = nullptr;
  for (const v1::SafetyScreen& screen : screens) {
    if (screen.member() != member) continue;
    if (with_result && screen.result() == v1::SAFETY_RESULT_UNSPECIFIED) continue;
    if (newest == nullptr || Micros(screen.screen_time()) >= Micros(newest->screen_time())) {
      newest = &screen;
    }
  }
  return newest;
}

// From the newest results among `screens`.
Pairs PairsBy(std::span<const v1::SafetyScreen> screens) {
  Pairs pairs;
  for (const v1::SafetyScreen& screen : screens) {
    if (screen.result() != v1::SAFETY_RESULT_SEPARATE_ONLY) continue;
    if (Newest(screens, screen.member(), /*with_result=*/true) != &screen) continue;
    for (const std::string& other : screen.separate_from()) {
      pairs.emplace_back(std::min(screen.member(), other), std::max(screen.member(), other));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

// What the screens said one after the other: since when the pairs are apart who are, and until when
// those were who no longer are.
struct PairHistory {
  std::map<Pairs::value_type, std::int64_t> since_us, until_us;
};

PairHistory HistoryOf(std::span<const v1::SafetyScreen> screens) {
  PairHistory history;
  for (std::size_t n = 1; n <= screens.size(); ++n) {
    const std::int64_t at_us = Micros(screens[n - 1].create_time());
    std::map<Pairs::value_type, std::int64_t> then;
    for (const auto& pair : PairsBy(screens.first(n))) {
      const auto before = history.since_us.find(pair);
      then[pair] = before != history.since_us.end() ? before->second : at_us;
      history.until_us.erase(pair);
    }
    for (const auto& [pair, since_us] : history.since_us) {
      if (!then.contains(pair)) history.until_us[pair] = at_us;
    }
    history.since_us = std::move(then);
  }
  return history;
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

// There from the family's first day on, which is before it was imported.
bool CameWithImport(const CaseFile& file, const v1::Member& member) {
  return file.attested_screen_us != 0 && !member.periods().empty() &&
         Micros(member.periods(0).start_time()) == Micros(file.family.open_time());
}

// The member's entry, made where there is none.
internal::v1::StoredSessionTally::Attended& EntryOf(const std::string& member,
                                                    internal::v1::StoredSessionTally* tally) {
  auto& all = *tally->mutable_attended();
  const auto known =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.member() == member; });
  if (known != all.end()) return *known;
  all.Add()->set_member(member);
  return *all.rbegin();
}

// Since when what they said, and with `answers_too` what they answered, waits for somebody to ask
// them.
std::optional<ScreenDue> UnaskedSince(const CaseFile& file, const v1::Member& member,
                                      bool answers_too) {
  const v1::SafetyScreen* screen = NewestScreen(file, member.name());
  std::int64_t asked_us = screen != nullptr ? Micros(screen->screen_time()) : 0;
  if (screen == nullptr && CameWithImport(file, member)) asked_us = file.attested_screen_us;
  const auto one = std::ranges::find(file.attended, member.name(), &Attended::member);
  if (one == file.attended.end()) return std::nullopt;
  std::optional<ScreenDue> due;
  if (answers_too && one->low_answer_us > asked_us) {
    due = {one->low_answer_us, "they answered that it is hardly safe to speak here"};
  }
  // Their own words weigh more, whichever came first.
  if (one->not_safe_us > asked_us) {
    const std::int64_t at_us = due ? std::min(due->at_us, one->not_safe_us) : one->not_safe_us;
    due = {at_us, "they said that they are not safe"};
  }
  return due;
}

}  // namespace

const v1::SafetyScreen* NewestScreen(const CaseFile& file, std::string_view member) {
  return Newest(file.screens, member, /*with_result=*/false);
}

const v1::SafetyScreen* NewestResult(const CaseFile& file, std::string_view member) {
  return Newest(file.screens, member, /*with_result=*/true);
}

std::vector<const v1::SafetyScreen*> ScreensWithConditions(const CaseFile& file) {
  std::vector<const v1::SafetyScreen*> screens;
  for (const v1::Member& member : file.members) {
    const v1::SafetyScreen* newest = NewestResult(file, member.name());
    if (newest != nullptr && newest->result() == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) {
      screens.push_back(newest);
    }
  }
  return screens;
}

std::optional<ScreenDue> SaidNotSafe(const CaseFile& file, const v1::Member& member) {
  return UnaskedSince(file, member, /*answers_too=*/false);
}

std::optional<ScreenDue> AskedForWhatWasSaid(const CaseFile& file, const v1::Member& member,
                                             std::int64_t at_us) {
  return UnaskedSince(file, member, /*answers_too=*/MustBeScreened(file, member, at_us));
}

std::optional<ScreenDue> NextScreen(const CaseFile& file, const v1::Member& member) {
  const v1::SafetyScreen* screen = NewestScreen(file, member.name());
  const bool attested = screen == nullptr && CameWithImport(file, member);
  if (screen == nullptr && !attested) {
    const auto since_us = JoinedOpenCase(file, member);
    if (!since_us) return std::nullopt;
    return ScreenDue{*since_us, "nobody has asked them yet"};
  }
  if (IsReferred(file, member.name())) {
    return ScreenDue{Micros(NewestResult(file, member.name())->screen_time()),
                     "they were referred, and it is not settled"};
  }
  const std::int64_t asked_us = attested ? file.attested_screen_us : Micros(screen->screen_time());
  std::optional<ScreenDue> due;
  const auto at = [&](std::int64_t at_us, std::string_view why) {
    if (at_us > asked_us && (!due || at_us < due->at_us)) due = {at_us, why};
  };
  if (attested) {
    at(asked_us + file.rules.screen_days * kDayUs, "it is time again");
  } else if (screen->has_next_due_time()) {
    at(Micros(screen->next_due_time()), "it is time again");
  }
  for (const v1::LevelAssessment& assessment : file.assessments) {
    if (assessment.occasion() == v1::ASSESSMENT_OCCASION_CRISIS) {
      at(Micros(assessment.create_time()), "there was a crisis");
    }
  }
  if (file.family.has_emergency()) {
    at(Micros(file.family.emergency().start_time()), "the case was opened in an emergency");
  }
  for (const Attended& attended : file.attended) {
    if (attended.member != member.name()) continue;
    if (attended.joint_us <= asked_us) {
      at(attended.individual_us, "before a joint session, after individual ones");
    }
  }
  for (const Attended& attended : file.attended) {
    const v1::Member* child = FindMember(file, attended.member);
    if (child == nullptr || !IsTooSmallToBeAsked(file, *child, attended.not_safe_us)) continue;
    if (!IsAdultAt(member, attended.not_safe_us, file.rules.zone)) continue;
    at(attended.not_safe_us, "a child who is too small to be asked said that they are not safe");
  }
  const auto said = UnaskedSince(file, member, /*answers_too=*/true);
  if (said) at(said->at_us, said->why);
  return due;
}

std::int64_t SaidNotSafeUs(const internal::v1::StoredSessionTally::Attended& one) {
  return one.not_safe_us() == one.low_answer_us() ? 0 : one.not_safe_us();
}

bool NoteNotSafe(const internal::v1::NotSafe& told, std::int64_t at_us,
                 internal::v1::StoredSessionTally* tally) {
  auto& one = EntryOf(told.member(), tally);
  const std::int64_t said_us = SaidNotSafeUs(one);
  if (!told.by_answer()) {
    if (said_us >= at_us) return false;
    one.set_not_safe_us(at_us);
    return true;
  }
  if (one.low_answer_us() >= at_us) return false;
  one.set_low_answer_us(at_us);
  // Their words are not written over.
  if (said_us == 0) one.set_not_safe_us(at_us);
  return true;
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
    auto& one = EntryOf(attendee.person(), tally);
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
  return PairsBy(file.screens);
}

std::vector<Separation> SeparationsIn(const CaseFile& file) {
  std::vector<Separation> separations;
  for (const auto& [pair, at_us] : HistoryOf(file.screens).since_us) {
    separations.push_back({pair.first, pair.second, at_us});
  }
  return separations;
}

std::vector<Reunion> ReunionsIn(const CaseFile& file) {
  std::vector<Reunion> reunions;
  for (const auto& [pair, at_us] : HistoryOf(file.screens).until_us) {
    reunions.push_back({pair.first, pair.second, at_us});
  }
  return reunions;
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
  expect(!unable || member == nullptr || !IsAdultAt(*member, now_us, file.rules.zone),
         "unable_reason", "of a minor only: an adult who does not answer was not screened");
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
