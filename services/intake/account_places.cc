#include "intake/account_places.h"

#include "platform/base/status_macros.h"

#include <rapport/internal/v1/intake_records.pb.h>

#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace rapport::intake {
namespace {

constexpr int kAStep = 500;  // members looked through in a transaction
constexpr int kMostPlaces = 1'000;
constexpr std::size_t kIdBytes = 16;

bool Has(const StoredMember& member, std::string_view subject) {
  const auto& subjects = member.message.subjects();
  return std::ranges::find(subjects, subject) != subjects.end();
}

}  // namespace

AccountPlaces::AccountPlaces(const records::ServiceDeps& deps)
    : deps_(deps), keys_(deps.suite, crypto::SuiteKey::kIndex, "intake") {}

// Never 0. Of two accounts with one number each is shown its own: MembersOf looks.
std::int64_t AccountPlaces::StateOf(std::string_view agency, std::string_view subject) const {
  std::uint64_t number = 0;
  for (const char c : keys_.Mac(agency, {"account", subject}).substr(0, 7)) {
    number = (number << 8) | std::uint64_t{static_cast<unsigned char>(c)};
  }
  return static_cast<std::int64_t>(number) + 1;
}

std::vector<records::Record> AccountPlaces::PlacesOf(std::string_view agency,
                                                     const StoredMember& member,
                                                     std::int64_t now_us) const {
  std::vector<records::Record> places;
  for (const std::string& subject : member.message.subjects()) {
    places.push_back(
        {.kind = kAccountPlace,
         .family = member.record.family,
         .id = keys_.Mac(agency, {"account of", member.record.id, subject}).substr(0, kIdBytes),
         .parent = member.record.id,
         .state = StateOf(agency, subject),
         .sort_us = member.record.sort_us,
         .created_us = now_us,
         .updated_us = now_us});
  }
  return places;
}

void AccountPlaces::Add(std::string_view agency, const StoredCase& file, std::int64_t now_us,
                        records::Changes& changes) const {
  for (const StoredMember& member : file.members) {
    for (records::Record& place : PlacesOf(agency, member, now_us)) {
      const auto known = std::ranges::find(file.account_places, place.id, &records::Record::id);
      if (known == file.account_places.end()) changes.Create(std::move(place));
    }
  }
}

absl::StatusOr<std::vector<StoredMember>> AccountPlaces::MembersOf(db::Tx& tx,
                                                                   std::string_view agency,
                                                                   std::string_view subject) const {
  const records::ListQuery query{
      .kind = kAccountPlace, .state = StateOf(agency, subject), .limit = kMostPlaces};
  ASSIGN_OR_RETURN(const auto places, deps_.records.List(tx, agency, query));
  std::vector<StoredMember> members;
  for (const records::Record& place : places) {
    auto record = deps_.records.Get(tx, agency, place.family, kMember, place.parent);
    if (absl::IsNotFound(record.status())) continue;  // erased meanwhile
    RETURN_IF_ERROR(record.status());
    ASSIGN_OR_RETURN(auto member, records::Parse<internal::v1::StoredMember>(*std::move(record)));
    if (Has(member, subject)) members.push_back(std::move(member));
  }
  return members;
}

Task<absl::StatusOr<bool>> AccountPlaces::SearchOn(CallContext& context) const {
  const std::string& agency = context.principal->agency;
  const std::string only_one(kIdBytes, '\0');
  std::optional<records::Record> before;
  internal::v1::StoredAccountSearch search;
  std::vector<records::Record> missing;
  std::map<std::string, std::int64_t> revisions;  // of their families
  bool over = false;
  const std::int64_t now_us = deps_.clock.NowMicros();
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    before.reset();
    search.Clear();
    missing.clear();
    revisions.clear();
    auto known = deps_.records.Get(tx, agency, "", kAccountSearch, only_one);
    if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
    if (known.ok()) {
      before = *known;
      ASSIGN_OR_RETURN(const auto stored,
                       records::Parse<internal::v1::StoredAccountSearch>(*std::move(known)));
      search = stored.message;
    }
    over = search.done();
    if (over) return absl::OkStatus();
    const std::string after_id = search.after_id();
    ASSIGN_OR_RETURN(auto records, deps_.records.List(tx, agency,
                                                      {.kind = kMember,
                                                       .after_us = search.after_us(),
                                                       .after_id = after_id,
                                                       .limit = kAStep}));
    search.set_done(std::ssize(records) < kAStep);
    for (records::Record& record : records) {
      search.set_after_us(record.sort_us);
      search.set_after_id(record.id);
      ASSIGN_OR_RETURN(const auto member,
                       records::Parse<internal::v1::StoredMember>(std::move(record)));
      for (records::Record& place : PlacesOf(agency, member, now_us)) {
        const auto there = deps_.records.Get(tx, agency, place.family, kAccountPlace, place.id);
        if (!absl::IsNotFound(there.status())) continue;
        ASSIGN_OR_RETURN(revisions[place.family], deps_.records.Revision(tx, agency, place.family));
        missing.push_back(std::move(place));
      }
    }
    return absl::OkStatus();
  }));
  if (over) co_return false;
  records::Changes changes(context, now_us);
  // Writers of these families may be adding the same.
  for (const auto& [family, revision] : revisions) changes.Guard(family, revision);
  for (records::Record& place : missing) changes.Create(std::move(place));
  const records::Record after = records::With(
      before.value_or(records::Record{
          .kind = kAccountSearch, .id = only_one, .created_us = now_us, .updated_us = now_us}),
      search);
  if (before) {
    changes.Update(*before, after);
  } else {
    changes.Create(after);
  }
  changes.Audit("account.search", after);
  const auto committed =
      co_await deps_.records.Commit(context, std::move(changes), google::protobuf::Empty());
  // Somebody else looked through the same members, wrote one's family or erased it.
  const auto code = committed.status().code();
  const bool again = records::IsConflict(committed.status()) ||
                     code == absl::StatusCode::kAlreadyExists ||
                     code == absl::StatusCode::kFailedPrecondition;
  if (!committed.ok() && !again) co_return committed.status();
  co_return again || !search.done();
}

Task<absl::Status> AccountPlaces::Search(CallContext& context) const {
  for (bool more = true; more;) {
    CO_ASSIGN_OR_RETURN(more, co_await SearchOn(context));
    if (more && context.Expired()) co_return absl::DeadlineExceededError("ask again");
  }
  co_return absl::OkStatus();
}

}  // namespace rapport::intake
