#include "alliance/file_view.h"

#include "platform/schema/held_session.h"

#include <algorithm>

namespace rapport::alliance {

const v1::Instrument* FileView::Instrument(const std::string& name) const {
  if (const v1::Instrument* shipped = shelf.Find(name)) return shipped;
  const auto own = file.own_instruments.find(name);
  return own == file.own_instruments.end() ? nullptr : &own->second;
}

int FileView::SessionNumber(std::string_view session) const {
  const auto found = std::ranges::find_if(
      file.sessions, [&](const StoredSession& one) { return one.record.id == session; });
  return found == file.sessions.end() ? 0 : static_cast<int>(found - file.sessions.begin()) + 1;
}

int FileView::RaterAge(const StoredRating& rating) const {
  const auto member = names.ReadMember(rating.message.rater());
  if (!member) return kAgeUnknown;
  const auto* then = MemberOn(facts, member->id, rating.record.sort_us);
  return then == nullptr ? kAgeUnknown : AgeAt(*then, rating.record.sort_us);
}

const v1::RatingPart* PartAbout(const v1::Rating& rating, std::string_view target) {
  const auto found = std::ranges::find_if(
      rating.parts(), [&](const v1::RatingPart& part) { return part.target() == target; });
  return found == rating.parts().end() ? nullptr : &*found;
}

std::vector<const StoredRating*> RatingsOf(const FileView& view, std::string_view rater,
                                           std::string_view target) {
  std::vector<std::string_view> in_error;  // sessions
  for (const StoredSession& session : view.file.sessions) {
    if (schema::NobodyCame(session.message.held())) in_error.push_back(session.record.id);
  }
  std::vector<const StoredRating*> ratings;
  for (const StoredRating& rating : view.file.ratings) {
    if (std::ranges::find(in_error, rating.record.parent) != in_error.end()) continue;
    if (rating.message.rater() == rater && PartAbout(rating.message, target) != nullptr) {
      ratings.push_back(&rating);
    }
  }
  return ratings;
}

}  // namespace rapport::alliance
