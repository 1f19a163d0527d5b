#include "alliance/rating_people.h"

#include <algorithm>

namespace rapport::alliance {

std::optional<Person> ReadPerson(const schema::Names& names, std::string_view family,
                                 std::string_view name) {
  const auto person = names.ReadPerson(name);
  if (!person || (!person->is_professional() && person->family != family)) return std::nullopt;
  return Person{person->id, person->is_professional()};
}

std::vector<std::optional<Target>> ReadTargets(const schema::Names& names,
                                               const std::string& family,
                                               const v1::Rating& rating) {
  std::vector<std::optional<Target>> targets;
  for (const v1::RatingPart& part : rating.parts()) {
    std::optional<Target>& target = targets.emplace_back();
    if (const auto person = ReadPerson(names, family, part.target())) {
      target = {person->professional ? Target::Kind::kProfessional : Target::Kind::kMember,
                person->id};
    } else if (names.ReadFamily(part.target()) == family) {
      target = {Target::Kind::kFamily, family};
    }
  }
  return targets;
}

std::optional<Submitter> SubmitterOf(const Access& access, const Person& rater) {
  switch (access.viewer) {
    case Viewer::kMember:
    case Viewer::kInvited:
      return Submitter::kRater;
    case Viewer::kCareTeam:
      if (!rater.professional) return Submitter::kProfessional;
      if (rater.id == access.professional) return Submitter::kRater;
      return std::nullopt;
    default:
      return Submitter::kService;
  }
}

void HideFrom(Viewer viewer, v1::Rating* rating) {
  const bool sees_all =
      viewer == Viewer::kCareTeam || viewer == Viewer::kMember || viewer == Viewer::kInvited;
  if (!sees_all && rating->comment().visibility() != v1::COMMENT_VISIBILITY_MAY_BE_SHARED) {
    rating->clear_comment();
  }
  if (sees_all || viewer == Viewer::kSupervisor) return;
  for (v1::RatingPart& part : *rating->mutable_parts()) part.clear_went_wrong();
}

void HideSafety(const v1::Instrument* instrument, v1::Rating* rating) {
  for (v1::RatingPart& part : *rating->mutable_parts()) {
    if (instrument == nullptr) {
      part.clear_answers();
      part.clear_scores();
      continue;
    }
    const auto about_safety = [&](const v1::Answer& answer) {
      const v1::Item* item = FindItem(*instrument, answer.item());
      return item == nullptr || IsSafetyItem(*item);
    };
    const auto of_safety = [&](const v1::Score& score) {
      const v1::ScoreDefinition* definition = FindScore(*instrument, score.code());
      return definition == nullptr || definition->content() == v1::CONTENT_SAFETY;
    };
    auto& answers = *part.mutable_answers();
    answers.erase(std::remove_if(answers.begin(), answers.end(), about_safety), answers.end());
    auto& scores = *part.mutable_scores();
    scores.erase(std::remove_if(scores.begin(), scores.end(), of_safety), scores.end());
  }
}

}  // namespace rapport::alliance
