#include "alliance/scoring/answers.h"

#include <set>

namespace rapport::alliance {

const v1::Item* FindItem(const v1::Instrument& instrument, int number) {
  for (const v1::Item& item : instrument.items()) {
    if (item.number() == number) return &item;
  }
  return nullptr;
}

bool OnScale(const v1::Scale& scale, std::int64_t steps) {
  if (steps == 0 && scale.no_zero()) return false;
  return steps >= scale.min() && steps <= scale.max();
}

std::vector<AnswerFault> CheckAnswers(const v1::Instrument& instrument, v1::Asked asked,
                                      const Answers& answers) {
  std::vector<AnswerFault> faults;
  std::set<int> seen;
  for (int i = 0; i < answers.size(); ++i) {
    const v1::Answer& answer = answers[i];
    const v1::Item* item = FindItem(instrument, answer.item());
    const auto fault = [&](AnswerFault::Kind kind) {
      faults.push_back({.index = i, .item = answer.item(), .kind = kind});
    };
    if (item == nullptr) {
      fault(AnswerFault::Kind::kUnknownItem);
    } else if (item->asked() != asked) {
      fault(AnswerFault::Kind::kNotAskedHere);
    } else if (!seen.insert(answer.item()).second) {
      fault(AnswerFault::Kind::kAnsweredTwice);
    } else if (!OnScale(instrument.scale(), answer.steps())) {
      fault(AnswerFault::Kind::kOffScale);
    }
  }
  return faults;
}

PartedAnswers PartAnswers(const v1::Instrument& instrument, const Answers& answers) {
  PartedAnswers parts;
  for (const v1::Answer& answer : answers) {
    const v1::Item* item = FindItem(instrument, answer.item());
    const bool once = item != nullptr && item->asked() == v1::ASKED_ONCE;
    *(once ? parts.once : parts.per_target).Add() = answer;
  }
  return parts;
}

}  // namespace rapport::alliance
