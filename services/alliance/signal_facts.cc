#include "alliance/signal_facts.h"

#include "alliance/request_rules.h"
#include "alliance/scoring/series.h"
#include "platform/schema/times.h"

#include <rapport/notes/v1/session.pb.h>

#include <algorithm>
#include <array>

namespace rapport::alliance {
namespace {

// Given of a session that a drop signal about this rater and target was open in: from the session
// that raised it until it was closed.
bool UnderSignal(const FileView& view, const StoredRating& rating, std::string_view target) {
  const std::int64_t at_us = rating.record.sort_us;
  return std::ranges::any_of(view.file.signals, [&](const StoredSignal& stored) {
    const v1::Signal& signal = stored.message.signal();
    if (signal.kind() != v1::SIGNAL_KIND_RUPTURE) return false;
    if (signal.member() != rating.message.rater() || signal.target() != target) return false;
    return at_us >= stored.message.raised_us() &&
           (!signal.has_close_time() || at_us < schema::ToMicros(signal.close_time()));
  });
}

SessionPresence PresenceOf(const internal::v1::SessionHeld& session,
                           const AccessFacts::Member* member) {
  if (member == nullptr || !member->direct) return SessionPresence::kNotOnRoster;
  const auto* attendee = AttendeeOf(session, member->member);
  if (attendee == nullptr) {
    return session.format() == notes::v1::SESSION_FORMAT_WHOLE_FAMILY ? SessionPresence::kLeftOut
                                                                      : SessionPresence::kByPlan;
  }
  if (Attended(*attendee)) return SessionPresence::kPresent;
  const bool absent = attendee->presence() == notes::v1::PRESENCE_ABSENT;
  return absent && !attendee->by_plan() ? SessionPresence::kAbsent : SessionPresence::kByPlan;
}

SessionRating RatingOf(const FileView& view, std::string_view session, const std::string& rater) {
  for (const StoredRating& rating : view.file.ratings) {
    if (rating.record.parent == session && rating.message.rater() == rater) {
      return SessionRating::kGiven;
    }
  }
  for (const StoredRequest& request : view.file.requests) {
    const v1::RatingRequest& asked = request.message.request();
    if (request.record.parent != session || asked.rater() != rater) continue;
    const auto state = StateOf(static_cast<v1::RatingRequestState>(request.record.state), false,
                               schema::ToMicros(asked.expire_time()), view.now_us);
    return IsWaiting(state) ? SessionRating::kStillDue : SessionRating::kMissing;
  }
  return SessionRating::kNotAsked;
}

// Bonds and room of everything the member rated in one session.
void AddPoints(const FileView& view, std::string_view session, const std::string& rater,
               MemberSession& to) {
  const int number = view.SessionNumber(session);
  for (const StoredRating& rating : view.file.ratings) {
    if (rating.record.parent != session || rating.message.rater() != rater) continue;
    const v1::Instrument* instrument = view.Instrument(rating.message.instrument());
    if (instrument == nullptr) continue;
    const int age = view.RaterAge(rating);
    for (const v1::RatingPart& part : rating.message.parts()) {
      if (!to.room) {
        to.room = PointOf(*instrument, part.scores(), v1::CONTENT_ROOM, v1::INTERPERSONAL_GROUP,
                          number, age);
      }
      const auto helper = view.names.ReadProfessional(part.target());
      if (!helper) continue;
      const auto* on_team = HelperOn(view.facts, *helper, rating.record.sort_us);
      if (on_team == nullptr || !on_team->direct) continue;
      if (auto bond = PointOf(*instrument, part.scores(), v1::CONTENT_BOND, v1::INTERPERSONAL_SELF,
                              number, age)) {
        to.bonds.push_back({*helper, *std::move(bond), UnderSignal(view, rating, part.target())});
      }
    }
  }
}

bool HasParticipation(const FileView& view, std::string_view session, std::string_view member) {
  return std::ranges::any_of(view.file.notes, [&](const StoredNote& note) {
    const auto& mentioned = note.message.note().mentioned_members();
    return note.record.parent == session && std::ranges::find(mentioned, member) != mentioned.end();
  });
}

std::optional<MemberWork> WorkOf(const FileView& view, std::string_view member) {
  if (!view.file.work) return std::nullopt;
  MemberWork work;
  for (const auto& one : view.file.work->message.members()) {
    if (one.member() != member) continue;
    work.has_goal = one.has_goal();
    if (!one.homework_agreed_us().empty()) {
      work.homework_agreed_us = *std::ranges::max_element(one.homework_agreed_us());
    }
  }
  return work;
}

bool Separated(const AccessFacts& facts, std::string_view member) {
  return std::ranges::any_of(facts.separated, [&](const auto& pair) {
    return pair.first == member || pair.second == member;
  });
}

MemberFacts MemberFactsOf(const FileView& view, const std::string& member) {
  MemberFacts facts;
  facts.member = member;
  const auto is_now = [&](const AccessFacts::Member& one) {
    return one.member == member && one.period.Contains(view.now_us);
  };
  const auto now = std::ranges::find_if(view.facts.members, is_now);
  facts.expected = now != view.facts.members.end() && now->direct;
  facts.separate_by_plan = Separated(view.facts, member);
  if (now != view.facts.members.end()) {
    const int age = AgeAt(*now, view.now_us);
    facts.no_form_for_age = age != kAgeUnknown && age < kLeastAge;
  }
  facts.work = WorkOf(view, member);
  const std::string name = view.names.Member(view.file.id, member);
  for (const StoredSession& stored : view.file.sessions) {
    const internal::v1::SessionHeld& held = stored.message.held();
    MemberSession& session = facts.sessions.emplace_back();
    session.presence = PresenceOf(held, MemberOn(view.facts, member, held.started_us()));
    session.rating = RatingOf(view, stored.record.id, name);
    session.has_participation = HasParticipation(view, stored.record.id, member);
    AddPoints(view, stored.record.id, name, session);
  }
  return facts;
}

}  // namespace

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
  std::vector<const StoredRating*> ratings;
  for (const StoredRating& rating : view.file.ratings) {
    if (rating.message.rater() == rater && PartAbout(rating.message, target) != nullptr) {
      ratings.push_back(&rating);
    }
  }
  return ratings;
}

std::vector<RatingPoints> DropSeries(const FileView& view, std::string_view rater,
                                     std::string_view target) {
  constexpr std::array kContents = {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND,
                                    v1::CONTENT_ALLIANCE};
  std::vector<RatingPoints> series;
  for (const StoredRating* rating : RatingsOf(view, rater, target)) {
    const v1::Instrument* instrument = view.Instrument(rating->message.instrument());
    if (instrument == nullptr) continue;
    RatingPoints points{.under_signal = UnderSignal(view, *rating, target)};
    for (const v1::Content content : kContents) {
      auto point = PointOf(*instrument, PartAbout(rating->message, target)->scores(), content,
                           v1::INTERPERSONAL_SELF, view.SessionNumber(rating->record.parent),
                           view.RaterAge(*rating));
      if (point) points.points.emplace(content, *std::move(point));
    }
    series.push_back(std::move(points));
  }
  return series;
}

FamilyFacts IsolationFactsOf(const FileView& view) {
  FamilyFacts facts;
  for (const StoredSession& stored : view.file.sessions) {
    const bool signed_note = std::ranges::any_of(view.file.notes, [&](const StoredNote& note) {
      return note.record.parent == stored.record.id;
    });
    const internal::v1::SessionHeld& held = stored.message.held();
    facts.sessions.push_back(
        {.started_us = held.started_us(),
         .whole_family = held.format() == notes::v1::SESSION_FORMAT_WHOLE_FAMILY,
         .note_signed = signed_note});
  }
  for (const AccessFacts::Member& member : view.facts.members) {
    const bool known = std::ranges::any_of(
        facts.members, [&](const MemberFacts& one) { return one.member == member.member; });
    if (!known) facts.members.push_back(MemberFactsOf(view, member.member));
  }
  return facts;
}

}  // namespace rapport::alliance
