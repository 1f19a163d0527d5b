// CallContext: what a use case knows about the call it serves. No gRPC type in it.
//
// Lives as long as the call. Touched only on the call's home thread, except Expired(), which the
// database thread asks before it starts a transaction.
#pragma once

#include "platform/base/access_facts.h"
#include "platform/base/clock.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport {

// A set of rapport.options.v1.Role numbers.
class RoleSet {
 public:
  void Add(int role) { bits_ |= 1u << role; }
  bool Has(int role) const { return (bits_ >> role & 1u) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  std::uint32_t bits_ = 0;
};

// Who a verified token says the caller is.
struct Principal {
  std::string agency;
  std::string subject;  // the issuer's `sub`; for an invitation "invitation/{hex id}"
  RoleSet roles;
  std::vector<std::string> scopes;  // what the issuer gave besides; those of other systems too
  std::int64_t expires_unix = 0;
  // Invitations only (ROLE_INVITATION): what the invitation is for. Inner ids.
  struct Invitation {
    std::string id, family, session, member;
  };
  std::shared_ptr<const Invitation> invitation;
};

// How the caller stands to the family; decides row filters and field masks.
enum class Viewer : std::uint8_t {
  kNone,          // method is not about a family
  kAgency,        // by role alone
  kIntakeWorker,  // the case is not yet open
  kCareTeam,
  kSupervisor,
  kAuthor,  // wrote there, or supervises who did: sees that and nothing else
  kMember,
  kInvited,
  kPeer,  // another service, on its own identity
};

// What the authorisation of this call found. Empty where it does not apply.
struct Access {
  Viewer viewer = Viewer::kNone;
  std::string family;                // inner id
  std::string professional;          // inner id of the caller, when on the team or supervising
  std::string break_glass;           // inner id of the grant that it rests on; empty: on none
  std::vector<std::string> members;  // inner ids of the members the caller is
  std::shared_ptr<const AccessFacts> facts;
};

// What a cancellable wait leaves in the context while it is suspended.
class CancelHook {
 public:
  virtual void OnCancel() = 0;

 protected:
  ~CancelHook() = default;
};

// W3C trace context.
struct TraceId {
  std::uint64_t high = 0, low = 0;
  std::uint64_t parent_span = 0, span = 0;  // parent_span is 0 in the first span of a trace
  bool sampled = false;                     // the caller records the trace: passed on as it came
};

class CallContext {
 public:
  TraceId trace;
  std::string_view method;  // "rapport.intake.v1.IntakeService/CreateFamily"; static storage
  std::shared_ptr<const Principal> principal;
  std::string_view bearer;  // the caller's authorization header, passed on to inner calls
  std::string_view peer;    // mesh identity ("notes"); empty on the api listener
  Access access;
  SteadyClock::time_point arrived;
  SteadyClock::time_point deadline;

  // Writes: identity of the request. The effect's transaction stores the answer under it.
  std::string request_id;
  std::string request_hash;  // SHA-256 of the request's bytes
  bool answer_stored = false;

  // Disclosing reads: what the handler showed. The pipeline makes it durable before the bytes
  // leave.
  std::string disclosed_resource;              // inner id; empty: the family
  int disclosed_kind = 0;                      // of the resource: its record kind
  std::int64_t disclosed_version = 0;          // of the resource, or the newest of a list
  std::vector<std::string> disclosed_members;  // whose data; empty: all's; see audit/shown.h

  // True when nobody waits for the answer any more: no transaction is started, no wait goes on.
  bool Expired() const {
    return cancelled_.load(std::memory_order_relaxed) || SteadyClock::now() >= deadline;
  }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // Home thread only. Wakes the wait that is in progress, if it is cancellable.
  void Cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    if (CancelHook* hook = std::exchange(hook_, nullptr)) hook->OnCancel();
  }
  void SetCancelHook(CancelHook* hook) { hook_ = hook; }

  void Reset() {
    trace = {};
    method = {};
    principal.reset();
    bearer = {};
    peer = {};
    access = {};
    request_id.clear();
    request_hash.clear();
    answer_stored = false;
    disclosed_resource.clear();
    disclosed_kind = 0;
    disclosed_version = 0;
    disclosed_members.clear();
    cancelled_.store(false, std::memory_order_relaxed);
    hook_ = nullptr;
  }

 private:
  std::atomic<bool> cancelled_{false};
  CancelHook* hook_ = nullptr;
};

}  // namespace rapport
