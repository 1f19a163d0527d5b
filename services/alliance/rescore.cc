#include "alliance/rescore.h"

#include "alliance/rating_people.h"

namespace rapport::alliance {

std::vector<Rescored> RatingsToRescore(const FileView& view) {
  std::vector<Rescored> rescored;
  if (!view.file.work) return rescored;
  for (const StoredRating& stored : view.file.ratings) {
    const auto member = view.names.ReadMember(stored.message.rater());
    const StoredSession* session = view.file.Session(stored.record.parent);
    const v1::Instrument* instrument = view.Instrument(stored.message.instrument());
    if (!member || session == nullptr || instrument == nullptr) continue;
    const internal::v1::SessionHeld& held = session->message.held();
    const bool agreed = HomeworkAgreed(view.file.work->message, member->id, held.ended_us());
    if (agreed == stored.message.homework_agreed()) continue;
    const RatingCase rated{.instrument = *instrument,
                           .session = held,
                           .facts = view.facts,
                           .rater = {member->id, false},
                           .now_us = view.now_us};
    Rescored& one = rescored.emplace_back(&stored, stored.message);
    Score(rated, ReadTargets(view.names, view.file.id, one.after), agreed, &one.after);
  }
  return rescored;
}

}  // namespace rapport::alliance
