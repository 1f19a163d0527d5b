#include "notes/note_opening_rules.h"

#include <algorithm>
#include <chrono>

namespace rapport::notes {
namespace {

using State = v1::OpeningState;
using Event = OpeningEvent;
constexpr State kNone = v1::OPENING_STATE_UNSPECIFIED;
constexpr State kProposed = v1::OPENING_STATE_PROPOSED;
constexpr State kOpen = v1::OPENING_STATE_OPEN;
constexpr State kOver = v1::OPENING_STATE_OVER;
constexpr std::string_view kAnew = "a new proposal (ProposeNoteOpening)";

constexpr OpeningMachine::Row kRows[] = {
    {kNone, Event::kPropose, kProposed, "a custodian, of notes whose author can't open them"},
    {kProposed, Event::kApprove, kOpen, "another privacy officer, for seven days"},
    {kProposed, Event::kRead, kProposed, "the privacy officer approves it (ApproveNoteOpening)",
     "OPENING_NOT_APPROVED"},
    {kProposed, Event::kTime, kOver, "nobody approved it within 30 days"},
    {kOpen, Event::kApprove, kOpen, "an opening proposed", "OPENING_APPROVED"},
    {kOpen, Event::kRead, kOpen, "by the two"},
    {kOpen, Event::kTime, kOver, "seven days are over"},
    {kOver, Event::kApprove, kOver, kAnew, "OPENING_OVER"},
    {kOver, Event::kRead, kOver, kAnew, "OPENING_OVER"},
};

constexpr std::string_view kEvents[] = {"propose", "approve", "read", "time"};

// 20310915: dates compare as numbers.
std::int64_t Number(int year, unsigned month, unsigned day) {
  return year * 10'000LL + month * 100 + day;
}

std::int64_t Number(const type::v1::Date& date) {
  return Number(date.year(), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
}

std::int64_t DayOf(std::int64_t at_us) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at_us))));
  return Number(static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
}

}  // namespace

Faults FaultsOfOpening(const v1::NoteOpening& opening, std::string_view author,
                       const AccessFacts& facts, std::int64_t now_us) {
  Faults faults;
  const auto is_author = [&](const AccessFacts::Helper& helper) {
    return helper.professional == author;
  };
  const bool was_there = std::ranges::any_of(facts.helpers, is_author);
  const bool is_there = std::ranges::any_of(facts.helpers, [&](const auto& helper) {
    return is_author(helper) && helper.period.Contains(now_us);
  });
  if (author.empty() || !was_there) {
    faults.push_back({"author", "somebody who is or was on the family's therapist system"});
  } else if (opening.basis() == v1::OPENING_BASIS_AUTHOR_LEFT && is_there) {
    faults.push_back({"basis", "AUTHOR_LEFT of somebody who is not on the therapist system now"});
  }
  if (opening.has_first_day() && opening.has_last_day() &&
      Number(opening.last_day()) < Number(opening.first_day())) {
    faults.push_back({"last_day", "not before first_day"});
  }
  return faults;
}

const OpeningMachine& OpeningLife() {
  static constexpr OpeningMachine kLife(
      "note_opening", kRows,
      [](State state) {
        return EnumStateName(state, "OPENING_STATE_", v1::OpeningState_Name(state));
      },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State StateOfOpening(const v1::NoteOpening& opening, std::int64_t created_us, std::int64_t now_us) {
  State state = OpeningLife().After(kNone, Event::kPropose);
  std::int64_t over_us = created_us + kProposalLastsUs;
  if (opening.has_until_time()) {
    state = OpeningLife().After(state, Event::kApprove);
    over_us = Micros(opening.until_time());
  }
  return now_us < over_us ? state : OpeningLife().After(state, Event::kTime);
}

std::optional<StateRefusal> WhyNotApproved(const v1::NoteOpening& opening, std::int64_t created_us,
                                           std::string_view subject, std::int64_t now_us) {
  const State state = StateOfOpening(opening, created_us, now_us);
  if (const auto refusal = OpeningLife().RefusalOf(state, Event::kApprove)) return refusal;
  if (opening.custodian() == subject) return StateRefusal{"OWN_PROPOSAL", ""};
  return std::nullopt;
}

bool IsOfOpening(const v1::NoteOpening& opening, std::string_view subject) {
  return opening.custodian() == subject ||
         (opening.has_approve_time() && opening.approved_by() == subject);
}

bool Covers(const v1::NoteOpening& opening, std::string_view author, std::int64_t at_us) {
  if (opening.author() != author) return false;
  const std::int64_t day = DayOf(at_us);
  return !(opening.has_first_day() && day < Number(opening.first_day())) &&
         !(opening.has_last_day() && Number(opening.last_day()) < day);
}

}  // namespace rapport::notes
