// What the notes service asks other services for, as interfaces: due homework of goals, families
// and rosters of intake. homework_client and roster_client ask over the mesh; tests answer
// themselves.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <rapport/intake/v1/roster.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::notes {

// Homework that was due and has no review yet, whether or not it expired meanwhile.
struct DueItem {
  std::string name;  // `families/{family}/homework/{homework}`
};

class HomeworkSource {
 public:
  virtual ~HomeworkSource() = default;
  // What `family` (a name) agreed on before `before_us` and was due by then, unreviewed, in the
  // order of due times.
  virtual Task<absl::StatusOr<std::vector<DueItem>>> Due(CallContext& context, std::string family,
                                                         std::int64_t before_us) = 0;
};

// Who an account is, and whom they supervise now. Inner ids; empty: nobody.
struct Staff {
  std::string professional;
  std::vector<std::string> supervisees;
};

// What somebody of the client system is called.
struct MemberName {
  std::string name;  // `families/{family}/members/{member}`
  std::string display_name;
};

// Somebody of the call's family, and somebody of another or of this one. Inner ids.
struct Tie {
  std::string member, other_family, other;
  std::int64_t since_us = 0;  // of people arranged separately
};
// What other families have to do with one: who are the same people, and who is arranged separately
// from whom by what another family's records say.
struct Ties {
  std::vector<Tie> same, apart;
};

class RosterSource {
 public:
  virtual ~RosterSource() = default;
  // Everyone who ever was in the client system of `family` (a name).
  virtual Task<absl::StatusOr<std::vector<MemberName>>> NamesOf(CallContext& context,
                                                                std::string family) = 0;
  // The name of the family with this external id; empty: none that the caller may see.
  virtual Task<absl::StatusOr<std::string>> FamilyOf(CallContext& context,
                                                     type::v1::ExternalId id) = 0;
  // Both systems of `family` (a name) at `at_us`.
  virtual Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context,
                                                            std::string family,
                                                            std::int64_t at_us) = 0;
  // Of `family` (an inner id).
  virtual Task<absl::StatusOr<Ties>> TiesOf(CallContext& context, std::string family) = 0;
  // The caller's.
  virtual Task<absl::StatusOr<Staff>> StaffOf(CallContext& context) = 0;
};

}  // namespace rapport::notes
