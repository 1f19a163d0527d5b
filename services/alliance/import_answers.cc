#include "alliance/import_answers.h"

#include "alliance/scoring/answers.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <map>
#include <string>

namespace rapport::alliance {
namespace {

constexpr char kAsOnRecord[] = "as it is on record, where it stays";

bool HasPart(const v1::Rating& rating, const std::string& target) {
  return std::ranges::any_of(rating.parts(),
                             [&](const auto& one) { return one.target() == target; });
}

}  // namespace

std::vector<RatingFault> DifferencesOf(const v1::ImportRow& row, const v1::Rating& said,
                                       const v1::Rating& recorded, const v1::Instrument* form) {
  for (const v1::RatingPart& part : said.parts()) {
    if (part.target().starts_with("professionals/") && !HasPart(recorded, part.target())) {
      return {{"professional", kAsOnRecord}};
    }
  }
  const auto compares = [&](int number) {
    const v1::Item* item = form == nullptr ? nullptr : FindItem(*form, number);
    return form == nullptr || (item != nullptr && !IsSafetyItem(*item));
  };
  std::map<int, int> steps;  // on record, by item
  for (const v1::RatingPart& part : recorded.parts()) {
    if (!said.parts().empty() && !HasPart(said, part.target())) continue;
    for (const v1::Answer& answer : part.answers()) {
      if (compares(answer.item())) steps[answer.item()] = answer.steps();
    }
  }
  std::vector<RatingFault> faults;
  for (int i = 0; i < row.answers_size(); ++i) {
    const v1::Answer& answer = row.answers(i);
    if (!compares(answer.item())) continue;
    const auto known = steps.find(answer.item());
    if (known == steps.end() || known->second != answer.steps()) {
      faults.push_back({Concat({"answers[", std::to_string(i), "].steps"}), kAsOnRecord});
    }
    if (known != steps.end()) steps.erase(known);
  }
  if (!steps.empty()) faults.push_back({"answers", "every answer that is on record"});
  return faults;
}

}  // namespace rapport::alliance
