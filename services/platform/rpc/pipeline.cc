#include "platform/rpc/pipeline.h"

#include "platform/base/access_limits.h"
#include "platform/base/agency_work.h"
#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/records/records.h"
#include "platform/rpc/peer.h"
#include "platform/rpc/wire.h"
#include "platform/runtime/telemetry/logs.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/spans.h"
#include "platform/runtime/telemetry/trace.h"
#include "platform/schema/errors.h"
#include "platform/schema/names.h"
#include "platform/schema/validate.h"

namespace rapport::rpc {
namespace {

// The one value of a metadata key; nullopt when absent or repeated (repeated is an attack).
std::optional<std::string_view> Header(const Call& call, const char* key) {
  const auto& all = call.grpc->client_metadata();
  const auto [begin, end] = all.equal_range(key);
  if (begin == end || std::next(begin) != end) return std::nullopt;
  return std::string_view(begin->second.data(), begin->second.size());
}

absl::Status Refuse(Denial denial) {
  telemetry::CountDenied(NameOf(denial));
  switch (denial) {
    case Denial::kPeer:
      // Said to people, too, who have found a method that no person may call.
      return schema::Refused(schema::reasons::kPeerNotPermitted.code,
                             schema::reasons::kPeerNotPermitted.name,
                             "the method is for other services of the suite alone");
    case Denial::kRole:
      return schema::Refused(schema::reasons::kRoleNotPermitted);
    case Denial::kScope:
      return schema::Refused(schema::reasons::kScopeMissing);
    case Denial::kConsent:
      return schema::Refused(schema::reasons::kConsentMissing);
    default:
      return schema::NotFound();  // That the family exists is nobody else's business.
  }
}

// Refused calls are answered at once; more of them than this for each that is let in are not read.
constexpr int kCallsPerPlace = 4;

// With more calls than this for each of their threads they wait for processors, or make others
// wait.
constexpr int kManyCalls = 8;
// For how long it counts that there were so many, and how exactly that is known.
constexpr std::chrono::milliseconds kCrowdLasts{20}, kCrowdNoted{1};

// Somebody with an invitation's code, which nobody has looked for yet.
bool IsCode(const Principal& principal) {
  return principal.roles.Has(options::v1::ROLE_INVITATION) && principal.invitation == nullptr;
}

// Trying again would not help.
bool IsDefinite(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

}  // namespace

const Pipeline::Stage Pipeline::kStages[] = {
    &Pipeline::AssignTrace,  &Pipeline::Admit,       &Pipeline::ClampDeadline,
    &Pipeline::Authenticate, &Pipeline::AdmitAgency, &Pipeline::Parse,
};

absl::Status Pipeline::AssignTrace(Call& call) {
  call.context.method = call.method().full_name;
  call.context.trace = telemetry::StartSpan(Header(call, "traceparent").value_or(""));
  return absl::OkStatus();
}

std::atomic<int>& Pipeline::CounterOf(const Call& call) {
  return call.method().streaming() ? streams_ : in_flight_;
}

std::chrono::nanoseconds Pipeline::ThreadsBusy(SteadyClock::time_point now) const {
  auto least = std::chrono::nanoseconds::max();
  for (const ServerQueue* queue : queues_) least = std::min(least, queue->Busy(now));
  return queues_.empty() ? std::chrono::nanoseconds(0) : least;
}

int Pipeline::CrowdFrom() const { return kManyCalls * static_cast<int>(queues_.size()); }

bool Pipeline::Crowded(SteadyClock::time_point now) const {
  return in_flight() > CrowdFrom() ||
         now - crowded_at_.load(std::memory_order_relaxed) < kCrowdLasts;
}

absl::Status Pipeline::Shed(Call& call) {
  telemetry::CountShed(call.method().policy.priority);
  const auto delay = admission_.RetryAfter();
  call.grpc->AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(delay.count()));
  return schema::Overloaded(delay);
}

absl::Status Pipeline::Admit(Call& call) {
  if (closed_.load(std::memory_order_relaxed)) {
    call.grpc->AddTrailingMetadata("grpc-retry-pushback-ms", "100");
    return schema::Overloaded(std::chrono::milliseconds(100));
  }
  const bool streaming = call.method().streaming();
  // Calls that were refused count here too until their answer has left: a wall before memory.
  const int most = streaming ? options_.max_streams : kCallsPerPlace * options_.max_in_flight;
  if (CounterOf(call).load(std::memory_order_relaxed) > most) return Shed(call);
  // A form that says "I am not safe" is no more to be refused for load than a call that says
  // nothing else. So what may hold that is read here, some microseconds before it is let in or not,
  // and again where every request is; what can't be read is of its method's class and refused
  // there.
  const Method& method = call.method();
  const bool urgent = method.urgent != nullptr && Parse(call).ok() && method.urgent(*call.request);
  const int priority = urgent ? options::v1::PRIORITY_URGENT : method.policy.priority;
  const auto now = call.context.arrived;
  const auto busy = priority == options::v1::PRIORITY_BULK ? ThreadsBusy(now) : Admission::Time(0);
  const bool fits = streaming ? admission_.HasRoom(priority, now, busy)
                              : admission_.Enter(call.ticket, priority, now, busy);
  return fits ? absl::OkStatus() : Shed(call);
}

absl::Status Pipeline::AdmitAgency(Call& call) {
  const auto& principal = call.context.principal;
  if (principal == nullptr || call.method().streaming()) return absl::OkStatus();
  if (admission_.EnterAgency(call.ticket, principal->agency)) return absl::OkStatus();
  telemetry::Count(telemetry::Metric::kShedOverShare);
  return Shed(call);
}

absl::Status Pipeline::ClampDeadline(Call& call) {
  CallContext& context = call.context;
  context.deadline = context.arrived + call.method().policy.deadline;
  const gpr_timespec asked = call.grpc->raw_deadline();
  if (gpr_time_cmp(asked, gpr_inf_future(asked.clock_type)) != 0) {
    const auto left = gpr_timespec_to_micros(gpr_time_sub(asked, gpr_now(asked.clock_type)));
    const auto at = SteadyClock::now() + std::chrono::microseconds(static_cast<std::int64_t>(left));
    context.deadline = std::min(context.deadline, at);
  }
  auto needed = SteadyClock::now();
  if (call.method().policy.has_request_id) needed += admission_.least_wait();
  if (context.cancelled() || needed >= context.deadline) {
    return absl::DeadlineExceededError("too late to begin");
  }
  return absl::OkStatus();
}

absl::Status Pipeline::Authenticate(Call& call) {
  const schema::MethodPolicy& policy = call.method().policy;
  CallContext& context = call.context;
  if (call.mesh()) {
    context.peer = PeerService(*call.grpc);
    if (!policy.AllowsPeer(context.peer)) return Refuse(Denial::kPeer);
  }
  if (policy.internal) {
    if (!call.mesh()) return Refuse(Denial::kPeer);
    return absl::OkStatus();
  }
  const auto header = Header(call, "authorization");
  if (!header) return schema::Unauthenticated();
  auto principal = options_.tokens->Authenticate(*header);
  // No word about which of many reasons it was, nor a difference to no token at all.
  if (!principal.ok()) return schema::Unauthenticated();
  if (IsCode(**principal) && !call.method().takes_codes) return schema::Unauthenticated();
  context.principal = *std::move(principal);
  context.bearer = *header;
  return absl::OkStatus();
}

absl::Status Pipeline::Parse(Call& call) {
  if (call.method().client_streaming) return absl::OkStatus();
  if (call.request_bytes.Length() > call.method().policy.max_request_bytes) {
    return schema::RequestTooLarge(call.method().policy.max_request_bytes);
  }
  if (!call.request) call.request = call.method().new_request();
  if (!ParseInto(call.request_bytes, call.request.get())) return schema::MalformedRequest();
  return absl::OkStatus();
}

Task<absl::Status> Pipeline::Authorise(Call& call) {
  const schema::MethodPolicy& policy = call.method().policy;
  CallContext& context = call.context;
  if (policy.internal) {
    context.access.viewer = Viewer::kPeer;
    if (const auto* field = call.request->GetDescriptor()->FindFieldByName("agency")) {
      context.principal = WorkFor(call.request->GetReflection()->GetString(*call.request, field),
                                  Concat({"service/", context.peer}));
    }
    co_return absl::OkStatus();
  }
  const std::string& agency = context.principal->agency;
  std::string family, self;
  Subject subject;
  if (!policy.family.empty()) {
    const std::string& name = policy.family_path.Get(*call.request);
    subject.any_family = schema::IsAnyFamily(name);
    family = schema::FamilyIdIn(name, agency, *options_.ids).value_or("");
    subject.family = family;
  }
  if (!policy.self.empty()) {
    self =
        schema::MemberIdIn(policy.self_path.Get(*call.request), agency, *options_.ids).value_or("");
    subject.self = self;
  }
  const auto urgent = call.method().urgent;
  subject.urgent = urgent != nullptr && urgent(*call.request);
  const bool no_family = !policy.family.empty() && family.empty() && !subject.any_family;
  if (no_family || (!policy.self.empty() && self.empty())) {
    // A wrong shape is the caller's mistake and says nothing; a wrong id is an unknown one.
    const auto faults = schema::Validate(*call.request);
    if (!faults.empty()) co_return schema::InvalidFields(faults);
  }
  if (no_family) co_return co_await Deny(context, "", Denial::kUnknown);
  auto access = co_await Decided(context, policy, subject);
  if (!access.ok()) co_return access.status();
  context.access = *std::move(access);
  co_return absl::OkStatus();
}

Task<absl::StatusOr<Access>> Pipeline::Decided(CallContext& context,
                                               const schema::MethodPolicy& policy,
                                               Subject subject) {
  const Principal& principal = *context.principal;
  Access access;
  absl::Status unknown;  // why nothing is known of the family
  if (!subject.family.empty()) {
    access.family = subject.family;
    access.facts = options_.facts->Peek(principal.agency, subject.family, policy.freshness);
    if (!access.facts) {
      auto loaded =
          co_await options_.facts->Load(context, principal.agency, access.family, policy.freshness);
      unknown = loaded.status();
      const bool goes_on = absl::IsUnavailable(unknown) && NeverWaitsForFacts(policy, subject);
      if (!unknown.ok() && !goes_on) co_return unknown;
      access.facts = loaded.ok()
                         ? *std::move(loaded)
                         : std::make_shared<const AccessFacts>(AtTheirWord(principal, subject));
    }
  }
  Decision decision =
      Decide(principal, policy, subject, access.facts.get(), options_.clock->NowMicros());
  const bool by_grant = !decision.break_glass.empty();
  const bool for_lack_of_one =
      decision.denial == Denial::kRelation && MayBreakGlass(principal, policy);
  if (!subject.family.empty() && policy.freshness != options::v1::FRESHNESS_NOW &&
      (by_grant || for_lack_of_one)) {
    // A grant counts from the moment it is given to the moment it ends, whatever a copy says.
    auto fresh = co_await options_.facts->Load(context, principal.agency, access.family,
                                               options::v1::FRESHNESS_NOW);
    if (fresh.ok()) {
      access.facts = *std::move(fresh);
      decision =
          Decide(principal, policy, subject, access.facts.get(), options_.clock->NowMicros());
    } else if (by_grant) {
      co_return fresh.status();
    }
  }
  if (!decision.allowed()) {
    if (!unknown.ok() && decision.denial == Denial::kRelation) co_return unknown;
    co_return co_await Deny(context, access.facts ? access.family : "", decision.denial);
  }
  access.viewer = decision.viewer;
  access.professional = std::move(decision.professional);
  access.break_glass = std::move(decision.break_glass);
  access.members = std::move(decision.members);
  co_return access;
}

Task<absl::StatusOr<Access>> Pipeline::Check(CallContext& context, std::string_view method,
                                             std::string family, std::string self) {
  const auto found = methods_.find(method);
  if (found == methods_.end()) co_return absl::InternalError("no such method here");
  co_return co_await Decided(context, found->second->policy, {.family = family, .self = self});
}

// The answer is the same whether or not the line could be written: the refusal itself must not tell
// how the database is, nor fail with it.
Task<absl::Status> Pipeline::Deny(CallContext& context, std::string family, Denial denial) {
  co_await RecordRefusal(context, std::move(family), NameOf(denial));
  co_return Refuse(denial);
}

Task<> Pipeline::RecordRefusal(CallContext& context, std::string family, std::string_view rule) {
  const absl::Status written = co_await options_.refusals->Record(context, std::move(family), rule);
  if (!written.ok() && !context.Expired()) {
    telemetry::LogFailure(telemetry::Event::kAuditFailed, written);
  }
}

absl::Status Pipeline::Validate(Call& call) {
  if (call.method().client_streaming) return absl::OkStatus();
  schema::ClearOutputOnly(call.request.get());
  const auto faults = schema::Validate(*call.request);
  return faults.empty() ? absl::OkStatus() : schema::InvalidFields(faults);
}

Task<absl::Status> Pipeline::Run(Call& call) {
  for (const Stage stage : kStages) CO_RETURN_IF_ERROR((this->*stage)(call));
  CO_RETURN_IF_ERROR(co_await Authorise(call));
  CO_RETURN_IF_ERROR(Validate(call));
  co_return co_await RunUseCase(call);
}

// True when the request was answered before: its answer is the reply.
Task<absl::StatusOr<bool>> Pipeline::Replay(Call& call) {
  auto stored = co_await options_.answers->Find(call.context);
  if (!stored.ok()) co_return stored.status();
  if (!stored->has_value()) co_return false;
  telemetry::CountReplay();
  call.reply_bytes = ToBuffer(**stored);
  co_return true;
}

// Replay before, disclosure after: both belong to the use case as the caller sees it.
Task<absl::Status> Pipeline::RunUseCase(Call& call) {
  const Method& method = call.method();
  CallContext& context = call.context;
  const bool remembers = method.policy.has_request_id && !method.client_streaming;
  if (remembers) {
    context.request_id = method.policy.request_id_path.Get(*call.request);
    context.request_hash = Sha256Of(call.request_bytes);
  }
  // Twice only when two equal requests raced: the loser of the race finds the winner's answer.
  for (int turn = 0; turn < 2; ++turn) {
    if (remembers) {
      auto replayed = co_await Replay(call);
      if (!replayed.ok()) co_return replayed.status();
      if (*replayed) co_return absl::OkStatus();
    }
    const absl::Status status = co_await method.serve(method.service, call);
    if (remembers && records::IsDuplicateRequest(status)) continue;
    if (absl::IsResourceExhausted(status) && schema::ReasonOf(status) == kBreakGlassLimit) {
      co_await RecordRefusal(context, context.access.family, "break_glass_limit");
    }
    if (remembers && IsDefinite(status.code())) {
      // An equal request may have done it between the look and the load: then what it was refused
      // for is its own effect.
      const auto replayed = co_await Replay(call);
      if (replayed.ok() && *replayed) co_return absl::OkStatus();
    }
    CO_RETURN_IF_ERROR(status);
    if (remembers && !context.answer_stored) {
      co_return absl::InternalError("the use case answered without storing its answer");
    }
    // A write's own audit row says what it showed, and a stream's messages had theirs.
    if (!method.policy.discloses || remembers || method.server_streaming ||
        options_.disclosures->Covered(context)) {
      co_return absl::OkStatus();
    }
    co_return co_await options_.disclosures->Ensure(context);
  }
  co_return absl::AbortedError("equal requests kept racing");
}

Task<absl::Status> Pipeline::DiscloseMessage(Call& call) {
  CallContext& context = call.context;
  // A stream goes on for minutes: its token may be revoked, or the key withdrawn, meanwhile.
  const bool by_token = !call.method().policy.internal;
  if (by_token && !options_.tokens->Authenticate(context.bearer).ok()) {
    co_return schema::Unauthenticated();
  }
  if (!call.method().policy.discloses || context.disclosed_members.empty()) {
    co_return absl::OkStatus();
  }
  if (!options_.disclosures->Covered(context)) {
    CO_RETURN_IF_ERROR(co_await options_.disclosures->Ensure(context));
  }
  context.disclosed_members.clear();
  co_return absl::OkStatus();
}

Task<> Pipeline::Serve(Call& call) {
  const int others = CounterOf(call).fetch_add(1, std::memory_order_relaxed);
  const Method& method = call.method();
  if (!method.through_pipeline) {
    call.context.deadline = SteadyClock::time_point::max();
    if (!call.request) call.request = method.new_request();
    ParseInto(call.request_bytes, call.request.get());
    (co_await method.serve(method.service, call)).IgnoreError();
    call.Finish(grpc::Status::OK);
    co_return;
  }
  if (others >= CrowdFrom() && !method.streaming() &&
      call.context.arrived - crowded_at_.load(std::memory_order_relaxed) >= kCrowdNoted) {
    crowded_at_.store(call.context.arrived, std::memory_order_relaxed);
  }
  telemetry::CountStarted(method.index);
  absl::Status status;
  try {
    status = co_await Run(call);
  } catch (const std::exception& e) {
    telemetry::LogException(call.context, e);
    status = absl::InternalError("internal error");  // Its text never reaches a client.
  } catch (...) {
    status = absl::InternalError("internal error");
  }
  Finish(call, status);
}

void Pipeline::Finish(Call& call, const absl::Status& status) {
  admission_.Leave(call.ticket);
  const auto took = SteadyClock::now() - call.context.arrived;
  const absl::Status shown = schema::ForClient(status);
  telemetry::CountHandled(call.method().index, static_cast<int>(status.code()), took);
  telemetry::LogCall(call.context, status, took);
  if (telemetry::SpansAreKept()) {
    telemetry::RecordCall(call.context, telemetry::SpanKind::kServer,
                          static_cast<int>(status.code()),
                          static_cast<std::int64_t>(call.request_bytes.Length()),
                          static_cast<std::int64_t>(call.reply_bytes.Length()));
  }
  if (!status.ok()) telemetry::CountReason(schema::ReasonOf(status));
  if (status.ok()) {
    call.Finish(grpc::Status::OK);
    return;
  }
  const std::string_view message(shown.message().data(), shown.message().size());
  call.Finish(grpc::Status(static_cast<grpc::StatusCode>(shown.code()), std::string(message),
                           schema::StatusDetails(shown)));
}

void Pipeline::Release(Call& call) {
  if (CounterOf(call).fetch_sub(1, std::memory_order_acq_rel) == 1) {
    std::lock_guard lock(idle_mutex_);
    idle_.notify_all();
  }
}

void Pipeline::WaitUntilIdle() {
  std::unique_lock lock(idle_mutex_);
  idle_.wait(lock, [&] { return in_flight_.load() == 0 && streams_.load() == 0; });
}

}  // namespace rapport::rpc
