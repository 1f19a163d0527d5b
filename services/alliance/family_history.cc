#include "alliance/family_history.h"

#include "alliance/request_rules.h"
#include "platform/schema/held_session.h"
#include "platform/schema/times.h"

#include <absl/container/flat_hash_set.h>
#include <rapport/notes/v1/session.pb.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr double kThousandths = 1e-3;
// Sessions that homework counts for, the one it was agreed in the first.
constexpr std::size_t kHomeworkSessions = 3;

using Sessions = absl::flat_hash_set<std::string_view>;  // inner ids

// What is looked up once for all sessions.
struct Index {
  std::multimap<std::string_view, const StoredRating*> ratings;    // by session
  std::multimap<std::string_view, const StoredRequest*> requests;  // by session
  std::multimap<std::string_view, const StoredNote*> notes;        // by session
};

template <typename Stored>
std::multimap<std::string_view, const Stored*> BySession(const std::vector<Stored>& all,
                                                         const Sessions& wanted) {
  std::multimap<std::string_view, const Stored*> by_session;
  for (const Stored& one : all) {
    if (wanted.contains(one.record.parent)) by_session.emplace(one.record.parent, &one);
  }
  return by_session;
}

// Between two possible values; 0 where that is not one step of the scale.
double StepOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  const double step = instrument.scale().step_thousandths() * kThousandths;
  if (!definition.components().empty()) return 0;
  switch (definition.method()) {
    case v1::SCORE_METHOD_SUM:
      return step;
    case v1::SCORE_METHOD_MEAN:
      return step / std::max(definition.items_size(), 1);
    default:
      return 0;
  }
}

// The worst value of the score that is still good. Absent: no cut-off is published.
std::optional<double> WorstGood(const v1::Instrument& instrument,
                                const v1::ScoreDefinition& definition, int age) {
  const double step = StepOf(instrument, definition);
  for (const v1::Cutoff& cutoff : instrument.cutoffs()) {
    if (cutoff.score() != definition.code() || !Fits(cutoff.population(), age)) continue;
    switch (cutoff.comparison()) {
      case v1::COMPARISON_LESS_OR_EQUAL:
        return cutoff.value() + step;
      case v1::COMPARISON_GREATER_OR_EQUAL:
        return cutoff.value() - step;
      default:
        return cutoff.value();
    }
  }
  return std::nullopt;
}

// The targets that observations are about; others' answers about the session as a whole are about
// the family.
std::string TargetOf(const FileView& view, const v1::RatingPart& part,
                     v1::Interpersonal interpersonal) {
  return interpersonal == v1::INTERPERSONAL_SELF ? part.target() : view.names.Family(view.file.id);
}

class RatingReader {
 public:
  RatingReader(const FileView& view, const StoredRating& rating, const v1::Instrument& instrument,
               std::vector<Observation>& to)
      : view_(view),
        rating_(rating.message),
        instrument_(instrument),
        age_(view.RaterAge(rating)),
        to_(to) {}

  void Read() {
    for (const v1::RatingPart& part : rating_.parts()) {
      for (const v1::Score& score : part.scores()) AddScore(part, score);
      for (const v1::Answer& answer : part.answers()) AddSafety(part, answer);
    }
  }

 private:
  Observation Blank(const v1::RatingPart& part, v1::Content content,
                    v1::Interpersonal interpersonal) const {
    return {.rater = rating_.rater(),
            .target = TargetOf(view_, part, interpersonal),
            .content = content,
            .interpersonal = interpersonal,
            .instrument = instrument_.name(),
            .lower_better = instrument_.direction() == v1::DIRECTION_LOWER_BETTER};
  }

  void AddScore(const v1::RatingPart& part, const v1::Score& score) {
    const v1::ScoreDefinition* definition = FindScore(instrument_, score.code());
    if (!score.has_value() || definition == nullptr) return;
    if (definition->content() == v1::CONTENT_UNSPECIFIED) return;
    // The map and the tests read the first score on two axes; a second one says nothing new.
    if (FindScore(instrument_, definition->content(), definition->interpersonal()) != definition) {
      return;
    }
    Observation one = Blank(part, definition->content(), definition->interpersonal());
    const ScoreRange range = RangeOf(instrument_, *definition);
    one.value = score.value();
    one.lowest = range.lowest;
    one.highest = range.highest;
    one.step = StepOf(instrument_, *definition);
    one.sd = FindDeviation(instrument_, definition->code(), age_);
    if (score.has_standard_error()) one.standard_error = score.standard_error();
    one.single_item = definition->items_size() == 1;
    one.cutoff = WorstGood(instrument_, *definition, age_);
    one.provisional = score.provisional();
    to_.push_back(std::move(one));
  }

  // A safety item speaks for itself, also where no score is made of it.
  void AddSafety(const v1::RatingPart& part, const v1::Answer& answer) {
    const v1::Item* item = FindItem(instrument_, answer.item());
    if (item == nullptr || !IsSafetyItem(*item) || !OnScale(instrument_.scale(), answer.steps())) {
      return;
    }
    if (FindScore(instrument_, v1::CONTENT_SAFETY, item->interpersonal()) != nullptr) return;
    const v1::Scale& scale = instrument_.scale();
    const double step = scale.step_thousandths() * kThousandths;
    Observation one = Blank(part, v1::CONTENT_SAFETY, item->interpersonal());
    one.value =
        step * (item->reverse() ? scale.min() + scale.max() - answer.steps() : answer.steps());
    one.lowest = step * scale.min();
    one.highest = step * scale.max();
    one.step = step;
    one.single_item = true;
    one.provisional = true;
    to_.push_back(std::move(one));
  }

  const FileView& view_;
  const v1::Rating& rating_;
  const v1::Instrument& instrument_;
  const int age_;
  std::vector<Observation>& to_;
};

// What the rating's ticks say.
void AddTold(const v1::Rating& rating, bool by_member, std::vector<Concern>& to) {
  for (const v1::RatingPart& part : rating.parts()) {
    if (!part.went_wrong()) continue;
    to.push_back(by_member ? Concern{.member = rating.rater(), .target = part.target()}
                           : Concern{.member = part.target(), .target = rating.rater()});
  }
}

void AddObservations(const FileView& view, const Index& index, const std::string& session,
                     SessionFacts& to) {
  for (auto [at, end] = index.ratings.equal_range(session); at != end; ++at) {
    const StoredRating& rating = *at->second;
    const bool by_member = view.names.ReadMember(rating.message.rater()).has_value();
    AddTold(rating.message, by_member, to.reported);
    if (!by_member) continue;
    const v1::Instrument* instrument = view.Instrument(rating.message.instrument());
    if (instrument != nullptr) RatingReader(view, rating, *instrument, to.observations).Read();
  }
}

Presence PresenceOf(const internal::v1::SessionHeld& session,
                    const internal::v1::SessionHeld::Attendee* attendee) {
  if (attendee == nullptr) {
    return session.format() == notes::v1::SESSION_FORMAT_WHOLE_FAMILY ? Presence::kLeftOut
                                                                      : Presence::kByPlan;
  }
  if (Attended(*attendee)) return Presence::kPresent;
  const bool absent = attendee->presence() == notes::v1::PRESENCE_ABSENT;
  return absent && !attendee->by_plan() ? Presence::kAbsent : Presence::kByPlan;
}

Participation ParticipationOf(const internal::v1::SessionHeld::Attendee* attendee, bool mentioned) {
  switch (attendee == nullptr ? 0 : attendee->participation()) {
    case notes::v1::PARTICIPATION_QUIET:
      return Participation::kQuiet;
    case notes::v1::PARTICIPATION_ACTIVE:
      return Participation::kActive;
    case notes::v1::PARTICIPATION_LED:
      return Participation::kLed;
    case notes::v1::PARTICIPATION_WITHDREW:
      return Participation::kWithdrew;
    default:
      return mentioned ? Participation::kActive : Participation::kNotNoted;
  }
}

// Asked, and the form was skipped or has expired; a form that still waits says nothing.
bool LeftUnrated(const FileView& view, const Index& index, const std::string& session,
                 const std::string& rater) {
  for (auto [at, end] = index.ratings.equal_range(session); at != end; ++at) {
    if (at->second->message.rater() == rater) return false;
  }
  bool asked = false;
  for (auto [at, end] = index.requests.equal_range(session); at != end; ++at) {
    const v1::RatingRequest& request = at->second->message.request();
    if (request.rater() != rater) continue;
    const auto state = StateOf(static_cast<v1::RatingRequestState>(at->second->record.state), false,
                               schema::ToMicros(request.expire_time()), view.now_us);
    if (IsWaiting(state)) return false;
    asked = true;
  }
  return asked;
}

// Whether a member's form of the session still waits for its answers: that of `rater`, or anybody's
// where that is empty.
bool StillDue(const FileView& view, const Index& index, const std::string& session,
              std::string_view rater = {}) {
  for (auto [at, end] = index.requests.equal_range(session); at != end; ++at) {
    const internal::v1::StoredRatingRequest& stored = at->second->message;
    if (stored.professional()) continue;
    if (!rater.empty() && stored.request().rater() != rater) continue;
    const bool rated = view.file.RatingOf(session, stored.request().rater(),
                                          stored.request().instrument()) != nullptr;
    const auto state = StateOf(static_cast<v1::RatingRequestState>(at->second->record.state), rated,
                               schema::ToMicros(stored.request().expire_time()), view.now_us);
    if (IsWaiting(state)) return true;
  }
  return false;
}

// At the session, whether or not they still are.
bool WasApart(const AccessFacts& facts, const internal::v1::StoredHeldSession& session,
              std::string_view member) {
  const std::int64_t at_us = session.held().started_us();
  return std::ranges::find(session.apart(), member) != session.apart().end() ||
         std::ranges::any_of(facts.separated, [&](const auto& pair) {
           return pair.since_us <= at_us && (pair.first == member || pair.second == member);
         });
}

// Left the client system in the time, and nobody said why.
bool TakenOff(const FamilyFile& file, std::string_view member, std::int64_t from_us,
              std::int64_t until_us) {
  return std::ranges::any_of(file.memberships, [&](const StoredMembership& one) {
    const internal::v1::MembershipChanged& change = one.message.membership();
    return change.member() == member && change.without_reason() && change.left_us() >= from_us &&
           change.left_us() < until_us;
  });
}

// Who leaves counts for the session before: the next one they are no part of.
void AddMembers(const FileView& view, const Index& index, const StoredSession& stored,
                std::int64_t until_us, std::vector<MemberPresence>& to) {
  const internal::v1::SessionHeld& held = stored.message.held();
  const std::string& session = stored.record.id;
  const bool note_signed = index.notes.contains(session);
  std::vector<std::string> seen;
  for (const AccessFacts::Member& one : view.facts.members) {
    const AccessFacts::Member* member = MemberOn(view.facts, one.member, held.started_us());
    if (member == nullptr || std::ranges::find(seen, one.member) != seen.end()) continue;
    seen.push_back(one.member);
    const auto* attendee = AttendeeOf(held, one.member);
    const bool came = attendee != nullptr && Attended(*attendee);
    if (!came && member->period.from_us > held.ended_us()) continue;  // joined later that day
    bool mentioned = false;
    for (auto [at, end] = index.notes.equal_range(session); at != end; ++at) {
      const auto& members = at->second->message.note().mentioned_members();
      mentioned |= std::ranges::find(members, one.member) != members.end();
    }
    const int age = AgeAt(*member, held.started_us());
    MemberPresence presence{.member = view.names.Member(view.file.id, one.member)};
    presence.expected = member->direct;
    presence.presence = PresenceOf(held, attendee);
    presence.participation = ParticipationOf(attendee, mentioned);
    presence.note_signed = note_signed || (attendee != nullptr && attendee->participation() != 0);
    presence.separate_by_plan = WasApart(view.facts, stored.message, one.member);
    presence.no_form_for_age = age != kAgeUnknown && age < kLeastAge;
    presence.removed_without_reason = TakenOff(view.file, one.member, held.started_us(), until_us);
    presence.asked_but_did_not_rate = LeftUnrated(view, index, session, presence.member);
    presence.form_waits = StillDue(view, index, session, presence.member);
    to.push_back(std::move(presence));
  }
}

void AddWork(const FileView& view, std::int64_t from_us, std::int64_t until_us,
             const std::vector<MemberPresence>& members, std::vector<Work>& to) {
  if (!view.file.work) return;
  std::map<std::string, bool> agreed;
  bool any = false;
  for (const auto& one : view.file.work->message.members()) {
    const bool recent = std::ranges::any_of(one.homework_agreed_us(), [&](std::int64_t at_us) {
      return at_us >= from_us && at_us < until_us;
    });
    agreed[view.names.Member(view.file.id, one.member())] = recent;
    any = any || recent;
  }
  if (!any) return;
  for (const MemberPresence& member : members) {
    to.push_back({.member = member.member, .homework_agreed = agreed[member.member]});
  }
}

SessionFacts FactsOf(const FileView& view, const Index& index, std::size_t place) {
  const auto& sessions = view.file.sessions;
  const internal::v1::SessionHeld& held = sessions[place].message.held();
  const std::string& session = sessions[place].record.id;
  SessionFacts facts;
  facts.number = static_cast<int>(place) + 1;
  facts.time_us = held.started_us();
  facts.whole_family = held.format() == notes::v1::SESSION_FORMAT_WHOLE_FAMILY;
  facts.complete = !StillDue(view, index, session);
  AddObservations(view, index, session, facts);
  if (schema::NobodyCame(held)) {
    // It was entered in error: nobody was there to be left out, and nothing is known of how it was.
    // What somebody said of safety they said.
    std::erase_if(facts.observations,
                  [](const Observation& one) { return one.content != v1::CONTENT_SAFETY; });
    return facts;
  }
  const std::size_t first = place + 1 - std::min(place + 1, kHomeworkSessions);
  const std::int64_t until_us = place + 1 < sessions.size()
                                    ? sessions[place + 1].message.held().started_us()
                                    : std::numeric_limits<std::int64_t>::max();
  AddMembers(view, index, sessions[place], until_us, facts.members);
  AddWork(view, sessions[first].message.held().started_us(), until_us, facts.members, facts.work);
  return facts;
}

std::int64_t GoodUntil(const FileView& view, const Index& index, const std::string& session) {
  std::int64_t until_us = std::numeric_limits<std::int64_t>::max();
  for (auto [at, end] = index.requests.equal_range(session); at != end; ++at) {
    const std::int64_t expires_us = schema::ToMicros(at->second->message.request().expire_time());
    if (expires_us > view.now_us) until_us = std::min(until_us, expires_us);
  }
  return until_us;
}

}  // namespace

std::vector<SessionFacts> HistoryOf(const FileView& view) {
  History history;
  UpdateHistory(view, {.any = true, .all = true, .sessions = {}}, history);
  return std::move(history.sessions);
}

std::size_t UpdateHistory(const FileView& view, const FileChanges& changes, History& history) {
  const auto& sessions = view.file.sessions;
  const std::size_t known = history.sessions.size();
  const bool all = changes.all || view.now_us < history.made_us || known > sessions.size();
  std::vector<bool> stale(sessions.size());
  Sessions wanted;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const std::string& id = sessions[i].record.id;
    stale[i] = all || i >= known || changes.sessions.contains(id) ||
               view.now_us >= history.good_until_us[i];
    if (stale[i]) wanted.insert(id);
  }
  const Index index{.ratings = BySession(view.file.ratings, wanted),
                    .requests = BySession(view.file.requests, wanted),
                    .notes = BySession(view.file.notes, wanted)};
  history.sessions.resize(sessions.size());
  history.good_until_us.resize(sessions.size());
  history.made_us = view.now_us;
  std::size_t unchanged = sessions.size();
  for (std::size_t i = sessions.size(); i > 0; --i) {
    if (!stale[i - 1]) continue;
    unchanged = i - 1;
    history.sessions[unchanged] = FactsOf(view, index, unchanged);
    history.good_until_us[unchanged] = GoodUntil(view, index, sessions[unchanged].record.id);
  }
  return unchanged;
}

}  // namespace rapport::alliance
