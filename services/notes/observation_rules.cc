#include "notes/observation_rules.h"

#include "notes/session_rules.h"

#include <algorithm>
#include <set>

namespace rapport::notes {
namespace {

// One rating of a member, and the view that has it.
struct Rating {
  const char* field;
  bool (v1::MemberObservation::*given)() const;
  v1::ObservationView view;
};
constexpr Rating kRatings[] = {
    {"engagement", &v1::MemberObservation::has_engagement, v1::OBSERVATION_VIEW_OBSERVER},
    {"connection", &v1::MemberObservation::has_connection, v1::OBSERVATION_VIEW_OBSERVER},
    {"safety", &v1::MemberObservation::has_safety, v1::OBSERVATION_VIEW_OBSERVER},
    {"empathy", &v1::MemberObservation::has_empathy, v1::OBSERVATION_VIEW_THERAPIST},
    {"respect", &v1::MemberObservation::has_respect, v1::OBSERVATION_VIEW_THERAPIST},
    {"genuineness", &v1::MemberObservation::has_genuineness, v1::OBSERVATION_VIEW_THERAPIST},
    {"warmth", &v1::MemberObservation::has_warmth, v1::OBSERVATION_VIEW_THERAPIST},
};

const char* OnlyOf(v1::ObservationView view) {
  return view == v1::OBSERVATION_VIEW_OBSERVER ? "absent: it is of the observer's view"
                                               : "absent: it is of the therapist's view";
}

Faults FaultsOfMember(const v1::MemberObservation& member, v1::ObservationView view,
                      const std::string& at) {
  Faults faults;
  int given = 0;
  for (const Rating& rating : kRatings) {
    if (!(member.*rating.given)()) continue;
    ++given;
    if (rating.view != view) faults.push_back({at + rating.field, OnlyOf(rating.view)});
  }
  if (given == 0) faults.push_back({at.substr(0, at.size() - 1), "at least one rating"});
  return faults;
}

bool TwoMembersMet(const v1::Session& session) {
  const auto& invited = session.invited_members();
  return std::count_if(invited.begin(), invited.end(), [&](const std::string& member) {
           return MayHaveAttended(session, member);
         }) >= 2;
}

}  // namespace

Faults FaultsOfObservation(const v1::Observation& observation, const v1::Session& session) {
  Faults faults;
  std::set<std::string> seen;
  for (int i = 0; i < observation.members_size(); ++i) {
    const v1::MemberObservation& member = observation.members(i);
    const std::string at = "members[" + std::to_string(i) + "].";
    if (!MayHaveAttended(session, member.member())) {
      faults.push_back({at + "member", "a member who took part in the session"});
    } else if (!seen.insert(member.member()).second) {
      faults.push_back({at + "member", "each member at most once"});
    }
    for (Fault& fault : FaultsOfMember(member, observation.view(), at)) {
      faults.push_back(std::move(fault));
    }
  }
  if (observation.has_shared_purpose()) {
    if (observation.view() != v1::OBSERVATION_VIEW_OBSERVER) {
      faults.push_back({"shared_purpose", OnlyOf(v1::OBSERVATION_VIEW_OBSERVER)});
    } else if (!TwoMembersMet(session)) {
      faults.push_back({"shared_purpose", "absent: fewer than two members met"});
    }
  } else if (observation.members().empty()) {
    faults.push_back({"members", "at least one rating"});
  }
  return faults;
}

bool MayTakeView(v1::ObservationView view, const v1::Session& session,
                 const std::string& observer) {
  return view != v1::OBSERVATION_VIEW_THERAPIST || MayHaveAttended(session, observer);
}

bool SameRatings(const v1::Observation& a, const v1::Observation& b) {
  const auto ratings = [](const v1::Observation& observation) {
    v1::Observation only;
    *only.mutable_members() = observation.members();
    std::sort(only.mutable_members()->begin(), only.mutable_members()->end(),
              [](const auto& one, const auto& other) { return one.member() < other.member(); });
    if (observation.has_shared_purpose()) only.set_shared_purpose(observation.shared_purpose());
    return only.SerializeAsString();
  };
  return ratings(a) == ratings(b);
}

}  // namespace rapport::notes
