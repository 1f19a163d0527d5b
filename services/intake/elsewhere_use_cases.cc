// Who the members of a family are elsewhere, and whom they are to be kept apart from there too.
//
// Two member records are one person where one account is linked to both. Asked before people meet,
// so it rests on rows and no copy.
#include "intake/intake_service.h"
#include "intake/safety_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {
namespace {

using Tie = internal::v1::GetElsewhereResponse::Tie;

// A member, by inner ids.
struct Place {
  std::string family, member;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// A family, and whom its records keep apart.
struct Known {
  StoredCase file;
  std::vector<Separation> apart;
};

// What one snapshot says, each family read once.
class People {
 public:
  People(db::Tx& tx, const std::string& agency, const IntakeStore& store,
         const AccountPlaces& accounts, const schema::Names& names)
      : tx_(tx), agency_(agency), store_(store), accounts_(accounts), names_(names) {}

  absl::StatusOr<const Known*> Case(const std::string& family) {
    const auto known = cases_.find(family);
    if (known != cases_.end()) return &known->second;
    ASSIGN_OR_RETURN(StoredCase file, store_.Load(tx_, agency_, family));
    std::vector<Separation> apart = SeparationsIn(file.File());
    return &cases_.emplace(family, Known{std::move(file), std::move(apart)}).first->second;
  }

  // The member, and who has one of their accounts in other families. Two of one family who share an
  // account are two people.
  absl::StatusOr<std::set<Place>> SameAs(const Place& member) {
    std::set<Place> same = {member};
    ASSIGN_OR_RETURN(const Known* known, Case(member.family));
    for (const StoredMember& stored : known->file.members) {
      if (stored.record.id != member.member) continue;
      for (const std::string& subject : stored.message.subjects()) {
        ASSIGN_OR_RETURN(const auto others, accounts_.MembersOf(tx_, agency_, subject));
        for (const StoredMember& other : others) {
          if (other.record.family == member.family) continue;
          same.insert({other.record.family, other.record.id});
        }
      }
    }
    return same;
  }

  // Whom the records of the member's own family keep apart from them, and since when.
  absl::StatusOr<std::map<Place, std::int64_t>> ApartFrom(const Place& member) {
    std::map<Place, std::int64_t> apart;
    ASSIGN_OR_RETURN(const Known* known, Case(member.family));
    const std::string name = names_.Member(member.family, member.member);
    for (const Separation& pair : known->apart) {
      if (pair.first != name && pair.second != name) continue;
      const auto other = names_.ReadMember(pair.first == name ? pair.second : pair.first);
      if (other) apart.emplace(Place{other->family, other->id}, pair.since_us);
    }
    return apart;
  }

 private:
  db::Tx& tx_;
  const std::string& agency_;
  const IntakeStore& store_;
  const AccountPlaces& accounts_;
  const schema::Names& names_;
  std::map<std::string, Known> cases_;
};

void Fill(const Place& member, const Place& other, Tie& tie) {
  tie.set_member(member.member);
  tie.set_other_family(other.family);
  tie.set_other_member(other.member);
}

absl::Status AddTies(People& people, const Place& member,
                     internal::v1::GetElsewhereResponse& response) {
  ASSIGN_OR_RETURN(const std::set<Place> same, people.SameAs(member));
  std::map<Place, std::int64_t> apart;
  for (const Place& place : same) {
    if (place != member) Fill(member, place, *response.add_same());
    ASSIGN_OR_RETURN(const auto others, people.ApartFrom(place));
    for (const auto& [other, since_us] : others) {
      ASSIGN_OR_RETURN(const std::set<Place> everywhere, people.SameAs(other));
      for (const Place& one : everywhere) {
        const bool own_words = place == member && one.family == member.family;
        if (own_words || same.contains(one)) continue;
        const auto [known, added] = apart.emplace(one, since_us);
        if (!added) known->second = std::min(known->second, since_us);
      }
    }
  }
  for (const auto& [other, since_us] : apart) {
    Tie& tie = *response.add_apart();
    Fill(member, other, tie);
    tie.set_since_us(since_us);
  }
  return absl::OkStatus();
}

}  // namespace

IntakeService::Answer<internal::v1::GetElsewhereResponse> IntakeService::GetElsewhere(
    CallContext& context, const internal::v1::GetElsewhereRequest& request) {
  const std::string& agency = request.agency();
  // Until all accounts of before are found nobody can say that two are not one.
  CO_RETURN_IF_ERROR(co_await places_.Search(context));
  const schema::Names names = deps_.NamesOf(agency);
  internal::v1::GetElsewhereResponse response;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    response.Clear();
    People people(tx, agency, store_, places_, names);
    ASSIGN_OR_RETURN(const Known* known, people.Case(request.family()));
    for (const StoredMember& stored : known->file.members) {
      RETURN_IF_ERROR(AddTies(people, {request.family(), stored.record.id}, response));
    }
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return schema::NotFound();
  if (!read.ok()) co_return read;
  co_return response;
}

}  // namespace rapport::intake
