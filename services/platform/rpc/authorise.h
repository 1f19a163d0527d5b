// Decide: who may call what, as one pure function over values. The only place that decides access.
//
// The pipeline calls it for every call, on every listener, also for replayed answers and for each
// row of a batch (through AccessChecker). It does no I/O and asks no clock. Tested as a table.
#pragma once

#include "platform/base/access_facts.h"
#include "platform/base/call_context.h"
#include "platform/schema/method_table.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::rpc {

// Which rule refused; a label of the metric rapport_authz_denied_total.
enum class Denial : std::uint8_t {
  kNone,
  kPeer,      // this service may not call the method
  kRole,      // no role of the caller is in any grant
  kScope,     // the role is, but the token lacks the scope
  kRelation,  // the role is, but nothing connects the caller and the family
  kUnknown,   // no such family in the caller's agency
  kConsent,   // the member has not consented, or no longer does
};

struct Decision {
  Denial denial = Denial::kNone;
  Viewer viewer = Viewer::kNone;
  std::string professional;
  std::string break_glass;  // the grant that replaced the relationship; empty: none did
  std::vector<std::string> members;
  bool allowed() const { return denial == Denial::kNone; }
};

// What the request says that matters here. Inner ids; empty: does not apply.
struct Subject {
  std::string_view family;  // named by the policy's `family` path
  bool any_family = false;  // the request says `families/-`: only agency-wide grants hold
  std::string_view self;    // the member named by the policy's `self` path; empty: not a member
  bool urgent = false;      // says something that is taken without facts; see Method::urgent
};

// Any grant that holds suffices; where several do, the nearest relation says how the caller is
// seen. `facts`: of the family; null when there is no such family or the method is not about one.
// `now_us`: domain time, which periods of rosters, supervisions and consents are compared with.
Decision Decide(const Principal& principal, const schema::MethodPolicy& policy,
                const Subject& subject, const AccessFacts* facts, std::int64_t now_us);

// Whether a break-glass grant could be what lets `principal` call a method of this policy: then the
// decision is never made on a copy of the facts.
bool MayBreakGlass(const Principal& principal, const schema::MethodPolicy& policy);

// Whether a call goes on while nothing at all is known of the family, because intake can't be
// asked: urgent writes that may rest on old facts, a concern and its acknowledgement, and what
// holds a concern besides.
bool NeverWaitsForFacts(const schema::MethodPolicy& policy, const Subject& subject);
// What is decided by then: the caller is the member whom the request names, since their token is
// theirs and nobody can say otherwise. Version 0, by which the audit trail says that they were
// taken at their word (base/at_their_word.h). Of others nothing is known: whether somebody is on a
// team can't be decided, so they are not refused but told to come again.
AccessFacts AtTheirWord(const Principal& principal, const Subject& subject);

// The label of a denial, for the metric and the log. Static storage.
std::string_view NameOf(Denial denial);

}  // namespace rapport::rpc
