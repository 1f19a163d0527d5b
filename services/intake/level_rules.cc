#include "intake/level_rules.h"

#include <algorithm>
#include <map>

namespace rapport::intake {
namespace {

constexpr int kUnmetSum = 6;

bool IsBasic(v1::ChecklistLine line) {
  switch (line) {
    case v1::CHECKLIST_LINE_FOOD:
    case v1::CHECKLIST_LINE_HOUSING:
    case v1::CHECKLIST_LINE_MEDICAL_CARE:
    case v1::CHECKLIST_LINE_PHYSICAL_SAFETY:
    case v1::CHECKLIST_LINE_ABLE_ADULT:
    case v1::CHECKLIST_LINE_NO_VIOLENCE:
      return true;
    default:
      return false;
  }
}

}  // namespace

LevelResult ScoreLevels(const v1::LevelAssessment& assessment) {
  LevelResult result;
  std::array<bool, 4> basic_missing{};
  for (const v1::ChecklistAnswer& answer : assessment.answers()) {
    const auto level = static_cast<std::size_t>(std::clamp(answer.line() / 10, 1, 4) - 1);
    result.sums[level] += answer.score();
    if (IsBasic(answer.line()) && answer.score() == 0) basic_missing[level] = true;
  }
  for (std::size_t level = 0; level < 4; ++level) {
    if (result.sums[level] <= kUnmetSum || basic_missing[level]) {
      result.unmet.push_back(static_cast<v1::LevelOfNeed>(level + 1));
    }
  }
  if (!result.unmet.empty()) result.suggested = result.unmet.front();
  return result;
}

std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::LevelAssessment& assessment,
                                                          v1::LevelOfNeed last) {
  std::vector<std::pair<std::string, std::string>> faults;
  std::map<int, int> seen;
  for (const v1::ChecklistAnswer& answer : assessment.answers()) ++seen[answer.line()];
  const auto* lines = v1::ChecklistLine_descriptor();
  for (int i = 0; i < lines->value_count(); ++i) {
    const int number = lines->value(i)->number();
    if (number != 0 && seen[number] != 1) {
      faults.emplace_back("answers", lines->value(i)->name() + " exactly once");
    }
  }
  if (!faults.empty() || assessment.confirmed_level() == v1::LEVEL_OF_NEED_UNSPECIFIED) {
    return faults;
  }
  const bool differs =
      assessment.confirmed_level() != ScoreLevels(assessment).suggested ||
      (last != v1::LEVEL_OF_NEED_UNSPECIFIED && assessment.confirmed_level() != last);
  if (differs && assessment.reason().empty()) {
    faults.emplace_back("reason", "why the level is not the suggested one, or not the last one");
  }
  return faults;
}

v1::LevelPlan PlanFor(v1::LevelOfNeed level) {
  // The four rows of the study's table are numbered alike.
  v1::LevelPlan plan;
  plan.set_measure_set(static_cast<v1::MeasureSet>(level));
  plan.set_homework_style(static_cast<v1::HomeworkStyle>(level));
  return plan;
}

bool CountSession(std::string_view session, std::int64_t started_us, std::int64_t ended_us,
                  internal::v1::StoredSessionTally* tally, v1::Family* family) {
  if (started_us < tally->level_confirmed_us() ||
      tally->held_sessions_size() >= kSessionsUntilAssessed) {
    return false;
  }
  for (const auto& known : tally->held_sessions()) {
    if (known.session() == session) return false;
  }
  auto* held = tally->add_held_sessions();
  held->set_session(std::string(session));
  held->set_started_us(started_us);
  if (tally->held_sessions_size() == kSessionsUntilAssessed) {
    MakeDue(v1::ASSESSMENT_OCCASION_REGULAR, ended_us, family);
  }
  return true;
}

bool UncountSession(std::string_view session, internal::v1::StoredSessionTally* tally) {
  auto& held = *tally->mutable_held_sessions();
  const int before = held.size();
  held.erase(std::remove_if(held.begin(), held.end(),
                            [&](const auto& known) { return known.session() == session; }),
             held.end());
  return held.size() < before;
}

void MakeDue(v1::AssessmentOccasion occasion, std::int64_t at_us, v1::Family* family) {
  const bool earlier =
      !family->has_reassessment_due_time() || at_us < Micros(family->reassessment_due_time());
  const bool crisis_known = family->reassessment_occasion() == v1::ASSESSMENT_OCCASION_CRISIS;
  if (earlier) *family->mutable_reassessment_due_time() = TimestampOf(at_us);
  if (occasion == v1::ASSESSMENT_OCCASION_CRISIS || (earlier && !crisis_known)) {
    family->set_reassessment_occasion(occasion);
  }
}

void LevelConfirmed(v1::LevelOfNeed level, std::int64_t at_us,
                    internal::v1::StoredSessionTally* tally, v1::Family* family) {
  family->set_level_of_need(level);
  family->clear_reassessment_due_time();
  family->clear_reassessment_occasion();
  tally->clear_held_sessions();
  tally->set_level_confirmed_us(at_us);
}

}  // namespace rapport::intake
