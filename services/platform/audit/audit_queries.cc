#include "platform/audit/audit_queries.h"

#include "platform/audit/event_filter.h"
#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/page_token.h"
#include "platform/schema/times.h"

#include <absl/strings/escaping.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace rapport::audit {
namespace {

using internal::v1::AuditRecord;
using schema::ToMicros;
using schema::ToTimestamp;

constexpr std::int64_t kMostVerified = 100'000;
constexpr char kDisclose[] = "disclose";
// A place in a list of lines is the sequence alone; the id of page tokens only has to be there.
constexpr char kTokenId[] = "line";

v1::AuditViewer ViewerOf(const AuditRecord& record) {
  return static_cast<v1::AuditViewer>(record.viewer() + 1);
}

std::string ToHex(const ChainPlace& place) { return place.sequence == 0 ? "" : Hex(place.mac); }

void Put(const ChainPlace& place, v1::AuditCheckpoint& out) {
  out.set_sequence(place.sequence);
  out.set_chain_hash(ToHex(place));
}

absl::StatusOr<ChainPlace> ReadPlace(const v1::AuditCheckpoint& in, const char* field) {
  ChainPlace place{.sequence = in.sequence(), .mac = absl::HexStringToBytes(in.chain_hash())};
  if (ToHex(place) != in.chain_hash()) {
    return schema::InvalidField(Concat({field, ".chain_hash"}),
                                "64 lower case hex digits, or nothing at sequence 0");
  }
  return place;
}

std::shared_ptr<const crypto::Sealer> TokenSealer(const crypto::SuiteSecret& suite,
                                                  const CallContext& context) {
  return suite.SealerFor(crypto::SuiteKey::kPageToken, context.principal->agency);
}

// Whose data a line about a disclosure says was shown, by name. Who asks for one member's sees that
// member's part only; a line about everyone counts for each.
std::vector<std::string> SubjectsOf(const schema::Names& names, const AuditRecord& record,
                                    const std::string& member) {
  if (record.members().empty()) {
    return {record.family().empty() ? "" : names.Family(record.family())};
  }
  std::vector<std::string> subjects;
  for (const std::string& shown : record.members()) {
    if (!member.empty() && shown != member) continue;
    subjects.push_back(names.Member(record.family(), shown));
  }
  return subjects;
}

// By name; empty: the call rested on none.
std::string BreakGlassOf(const schema::Names& names, const AuditRecord& record) {
  return record.break_glass().empty() ? ""
                                      : names.BreakGlass(record.family(), record.break_glass());
}

v1::Disclosure ShowDisclosure(const schema::Names& names, const AuditLine& line,
                              const std::string& subject, std::string resource) {
  const AuditRecord& record = line.record;
  v1::Disclosure shown;
  shown.set_sequence(line.sequence);
  shown.set_subject(subject);
  shown.set_recipient(record.actor());
  shown.set_viewer(ViewerOf(record));
  shown.set_method(record.method());
  shown.set_resource(std::move(resource));
  *shown.mutable_first_time() = ToTimestamp(record.recorded_us());
  *shown.mutable_covers_until_time() = ToTimestamp(record.covers_until_us());
  shown.set_reason_code(record.reason_code());
  shown.set_break_glass(BreakGlassOf(names, record));
  return shown;
}

}  // namespace

AuditQueries::AuditQueries(Deps deps)
    : deps_(std::move(deps)),
      log_(deps_.service, deps_.db, deps_.keys),
      verifier_(deps_.service, deps_.db, deps_.keys, deps_.suite, deps_.checkpoint_key) {}

std::string AuditQueries::ResourceName(const schema::Names& names,
                                       const AuditRecord& record) const {
  if (record.resource().empty()) {
    return record.family().empty() ? "" : names.Family(record.family());
  }
  const auto pattern = deps_.patterns.find(record.kind());
  if (pattern == deps_.patterns.end()) return "";
  return names.Of(pattern->second, record.family(), record.resource());
}

v1::AuditEvent AuditQueries::Show(const schema::Names& names, const AuditLine& line) const {
  const AuditRecord& record = line.record;
  v1::AuditEvent event;
  event.set_sequence(line.sequence);
  *event.mutable_event_time() = ToTimestamp(record.at_us());
  *event.mutable_record_time() = ToTimestamp(record.recorded_us());
  event.set_actor(record.actor());
  event.set_method(record.method());
  event.set_action(record.action());
  event.set_resource(ResourceName(names, record));
  event.set_version(record.version());
  if (!record.family().empty()) event.set_family(names.Family(record.family()));
  for (const std::string& member : record.members()) {
    event.add_members(names.Member(record.family(), member));
  }
  event.set_viewer(ViewerOf(record));
  event.set_reason_code(record.reason_code());
  event.set_trace_id(record.trace());
  if (record.covers_until_us() != 0) {
    *event.mutable_covers_until_time() = ToTimestamp(record.covers_until_us());
  }
  event.set_chain_hash(Hex(line.mac));
  event.set_break_glass(BreakGlassOf(names, record));
  event.set_facts_version(record.facts_version());
  return event;
}

Task<absl::StatusOr<v1::ListAuditEventsResponse>> AuditQueries::ListAuditEvents(
    CallContext& context, const v1::ListAuditEventsRequest& request) {
  const std::string& agency = context.principal->agency;
  const auto token_sealer = TokenSealer(deps_.suite, context);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*token_sealer, context, request));
  CO_ASSIGN_OR_RETURN(const EventFilter filter, EventFilter::Parse(request.filter()));
  const schema::Names names(deps_.ids, agency);
  LogRange range{.after = page.after_us};
  if (request.has_from_time()) range.from_us = ToMicros(request.from_time());
  if (request.has_to_time()) range.to_us = ToMicros(request.to_time());
  v1::ListAuditEventsResponse response;
  if (const auto family = filter.family()) {
    range.family = names.ReadFamily(*family);
    if (!range.family) co_return response;  // No such family: no such line.
  }
  const auto visit = [&](const AuditLine& line) {
    if (response.events_size() == page.size) return false;
    const std::int64_t at_us = line.record.at_us();
    if (at_us < range.from_us || at_us >= range.to_us) return true;
    v1::AuditEvent event = Show(names, line);
    if (filter.Matches(event)) *response.add_events() = std::move(event);
    return true;
  };
  CO_ASSIGN_OR_RETURN(const std::int64_t more, co_await log_.Read(context, agency, range, visit));
  if (more != 0) {
    response.set_next_page_token(
        schema::NextPageToken(*token_sealer, context, page, more, kTokenId));
  }
  if (response.events_size() > 0) {
    context.disclosed_version = response.events(response.events_size() - 1).sequence();
  }
  co_return response;
}

Task<absl::StatusOr<v1::GetDisclosuresResponse>> AuditQueries::GetDisclosures(
    CallContext& context, const v1::GetDisclosuresRequest& request) {
  const std::string& agency = context.principal->agency;
  const auto token_sealer = TokenSealer(deps_.suite, context);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*token_sealer, context, request));
  if (request.subject().empty() && !(request.has_from_time() && request.has_to_time())) {
    co_return schema::InvalidField("subject", "a member or a family, or both times");
  }
  const schema::Names names(deps_.ids, agency);
  const std::int64_t from_us = request.has_from_time() ? ToMicros(request.from_time()) : INT64_MIN;
  const std::int64_t to_us = request.has_to_time() ? ToMicros(request.to_time()) : INT64_MAX;
  LogRange range{.after = page.after_us, .clock = AuditClock::kMachine, .to_us = to_us};
  // A window that ends later began at most one window earlier.
  const std::int64_t window = std::chrono::microseconds(limits::kDisclosureWindow).count();
  if (from_us > INT64_MIN + window) range.from_us = from_us - window;
  std::string member;
  if (const auto named = names.ReadMember(request.subject())) {
    range.family = named->family;
    member = named->id;
  } else if (!request.subject().empty()) {
    range.family = names.ReadFamily(request.subject());
    if (!range.family) co_return schema::NotFound();
  }

  v1::GetDisclosuresResponse response;
  const auto visit = [&](const AuditLine& line) {
    const AuditRecord& record = line.record;
    const bool wanted = record.action() == kDisclose && record.covers_until_us() >= from_us &&
                        record.recorded_us() < to_us;
    if (!wanted) return true;
    const std::vector<std::string> subjects = SubjectsOf(names, record, member);
    const int room = page.size - response.disclosures_size();
    if (static_cast<int>(subjects.size()) > room && response.disclosures_size() > 0) return false;
    for (const std::string& subject : subjects) {
      *response.add_disclosures() =
          ShowDisclosure(names, line, subject, ResourceName(names, record));
    }
    return true;
  };
  CO_ASSIGN_OR_RETURN(const std::int64_t more, co_await log_.Read(context, agency, range, visit));
  if (more != 0) {
    response.set_next_page_token(
        schema::NextPageToken(*token_sealer, context, page, more, kTokenId));
  }
  if (response.disclosures_size() > 0) {
    context.disclosed_version = response.disclosures(response.disclosures_size() - 1).sequence();
  }
  co_return response;
}

Task<absl::StatusOr<v1::VerifyAuditResponse>> AuditQueries::VerifyAudit(
    CallContext& context, const v1::VerifyAuditRequest& request) {
  VerifyOptions options;
  options.max_rows = request.max_rows() == 0
                         ? kMostVerified
                         : std::min<std::int64_t>(request.max_rows(), kMostVerified);
  if (request.has_after()) {
    CO_ASSIGN_OR_RETURN(options.after, ReadPlace(request.after(), "after"));
  }
  if (request.has_expected()) {
    CO_ASSIGN_OR_RETURN(ChainPlace expected, ReadPlace(request.expected(), "expected"));
    options.expected.push_back(std::move(expected));
  }
  v1::VerifyAuditResponse response;
  const auto verified =
      co_await verifier_.Verify(context, context.principal->agency, std::move(options));
  if (absl::IsNotFound(verified.status())) {
    response.set_intact(true);  // An agency that never did anything has no chain.
    co_return response;
  }
  if (!verified.ok()) co_return verified.status();
  const VerifyReport& report = *verified;
  response.set_intact(report.fault == Fault::kNone);
  response.set_first_bad_sequence(report.first_bad);
  response.set_fault(static_cast<v1::AuditFault>(report.fault));
  response.set_rows_checked(report.rows);
  Put(report.verified, *response.mutable_verified());
  Put(report.head, *response.mutable_head());
  co_return response;
}

}  // namespace rapport::audit
