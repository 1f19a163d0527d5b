// AccountPlaces: where an account is a member, found without looking through the families.
//
// A member's accounts stand in the member. Beside it lies an empty record for each, whose `state`
// is a number of the account (an HMAC: nobody reads in the database whose it is), so that the index
// over states finds an account's members in every family; `parent` is the member. It goes with its
// family. Every write of a family adds those that it lacks; Search adds those of families that
// nobody wrote since there are any. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/agency_keys.h"
#include "platform/records/service_deps.h"

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::intake {

class AccountPlaces {
 public:
  // What `deps` refers to must outlive it.
  explicit AccountPlaces(const records::ServiceDeps& deps);

  // What `file`, as it will be written, lacks.
  void Add(std::string_view agency, const StoredCase& file, std::int64_t now_us,
           records::Changes& changes) const;

  // Those who are members by `subject`, in whichever family, also those who left.
  absl::StatusOr<std::vector<StoredMember>> MembersOf(db::Tx& tx, std::string_view agency,
                                                      std::string_view subject) const;

  // Once an agency: looks through the members that there are, a part a transaction, each kept, so
  // that the next call goes on where this one's time ended.
  Task<absl::Status> Search(CallContext& context) const;

 private:
  std::int64_t StateOf(std::string_view agency, std::string_view subject) const;
  // For all accounts of a member; their ids say whose and which they are.
  std::vector<records::Record> PlacesOf(std::string_view agency, const StoredMember& member,
                                        std::int64_t now_us) const;
  // Whether there is more to look through.
  Task<absl::StatusOr<bool>> SearchOn(CallContext& context) const;

  const records::ServiceDeps deps_;
  const crypto::AgencyKeys keys_;
};

}  // namespace rapport::intake
