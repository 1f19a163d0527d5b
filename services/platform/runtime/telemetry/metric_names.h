// Every metric of the suite: its name, type, label and the closed set of the label's values.
//
// Read by the recording side (metrics.h), by the endpoint and by operators; frozen by a golden test
// (tests/golden/metrics.txt). No label ever holds an id, an agency or anything else of a request.
// What is about the practice and not about the program is published in whole elevens (kPeople).
#pragma once

#include "platform/base/services.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rapport::telemetry {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

// Our own metrics. The order is the order of kMetrics.
enum class Metric : std::uint8_t {
  kCallsInFlight,
  kShed,
  kShedOverShare,
  kCallsLimit,
  kQueueWait,
  kThreadsBusy,
  kOtherCalls,
  kAuthzDenied,
  kIdempotentReplays,
  kEtagConflicts,
  kCommitUnknown,
  kFactsStaleServed,
  kAuditRows,
  kAuditUnsigned,
  kAuditUnsignedSeconds,
  kDisclosures,
  kCacheHits,
  kCacheMisses,
  kCacheStaleRefused,
  kCacheDecryptFailed,
  kCacheErrors,
  kCacheTimeouts,
  kCacheDropped,
  kCacheFencesLost,
  kCacheBreakerOpen,
  kCacheCoherent,
  kOutboxPending,
  kOutboxOldest,
  kOutboxParked,
  kDbCommits,
  kDbTransactions,
  kDbCheckpoints,
  kDbQueue,
  kDbWalPages,
  kDbHealthy,
  kKeysCached,
  kKeysErased,
  kCertNotAfter,
  kCertRefused,
  kJwksAge,
  kLogLinesDropped,
  kLogLinesSuppressed,
  kSpans,
  kEvents,
  kForms,
  kSignalsOpen,
  kSignalsOpenByAge,
  kHomework,
  kAgenciesWithoutDuty,
  kProcessCpu,
  kProcessMemory,
  kProcessFiles,
  kProcessStart,
  kCount,
};

// A number of people, or of what people did, is published as the largest multiple of 11 that is not
// above it: 0 says fewer than 11, and each step that anybody sees is of eleven (DECISIONS.md, 41).
inline constexpr int kPeople = 11;

// `label` is empty for a metric that is one number. `values` ends at the first empty one. Numbers
// are published in multiples of `step`.
struct MetricRow {
  using Values = std::array<std::string_view, 16>;
  Metric metric;
  std::string_view name;
  MetricType type;
  std::string_view label;
  Values values;
  std::string_view help;
  int step = 1;

  constexpr std::size_t series() const {
    std::size_t count = 0;
    while (count < values.size() && !values[count].empty()) ++count;
    return count == 0 ? 1 : count;
  }
};

namespace names_internal {
inline constexpr auto kCounter = MetricType::kCounter;
inline constexpr auto kGauge = MetricType::kGauge;
using Values = MetricRow::Values;
inline constexpr Values kDestinations = [] {
  Values values{};
  std::ranges::copy(kServices, values.begin());
  return values;
}();
inline constexpr Values kDatabases = {"data", "keys"};
inline constexpr Values kCertificates = {"api", "mesh"};
}  // namespace names_internal

inline constexpr auto kMetrics = [] {
  using namespace names_internal;  // NOLINT(google-build-using-namespace): one table
  using M = Metric;
  // clang-format off
  return std::to_array<MetricRow>({
    {M::kCallsInFlight, "rapport_calls_in_flight", kGauge, "kind", {"unary", "stream"}, "Calls that were let in and are not answered yet."},
    {M::kShed, "rapport_shed_total", kCounter, "class", {"unspecified", "urgent", "write", "read", "bulk"}, "Calls refused because of the load, by the method's priority."},
    {M::kShedOverShare, "rapport_shed_over_share_total", kCounter, "", {}, "Of the refused calls those whose agency had its share in flight already."},
    {M::kCallsLimit, "rapport_calls_limit", kGauge, "", {}, "How many unary calls may be in flight now; falls while writes take long."},
    {M::kQueueWait, "rapport_queue_wait_seconds", kGauge, "", {}, "What any work waited for a database at least, in the last tenth of a second."},
    {M::kThreadsBusy, "rapport_threads_busy_seconds", kGauge, "", {}, "For how long no thread that serves calls has had a pause."},
    {M::kOtherCalls, "rapport_other_calls_total", kCounter, "call", {"health_check", "health_watch", "reflection", "unknown_method"}, "Calls that are served beside the methods of the suite, which grpc_server_handled_total counts, or are none."},
    {M::kAuthzDenied, "rapport_authz_denied_total", kCounter, "rule", {"peer", "role", "scope", "relation", "unknown", "consent", "other"}, "Calls refused by authorisation, by the rule that refused."},
    {M::kIdempotentReplays, "rapport_idempotent_replays_total", kCounter, "", {}, "Calls answered with the stored answer of an earlier equal request."},
    {M::kEtagConflicts, "rapport_etag_conflicts_total", kCounter, "", {}, "Writes refused because the etag was no longer current."},
    {M::kCommitUnknown, "rapport_commit_unknown_total", kCounter, "", {}, "Commits of which nobody knows whether they happened."},
    {M::kFactsStaleServed, "rapport_access_facts_stale_served_total", kCounter, "", {}, "Decisions on access facts older than 5 s because intake could not be reached."},
    {M::kAuditRows, "rapport_audit_rows_total", kCounter, "", {}, "Rows appended to audit chains."},
    {M::kAuditUnsigned, "rapport_audit_unsigned_rows", kGauge, "", {}, "Rows of audit chains that no checkpoint in the checkpoint file covers yet."},
    {M::kAuditUnsignedSeconds, "rapport_audit_unsigned_seconds", kGauge, "", {}, "For how long the first of these rows has waited; 0 when there is none."},
    {M::kDisclosures, "rapport_disclosures_total", kCounter, "result", {"written", "covered"}, "Disclosing answers: a row was written, or an earlier row covers it."},
    {M::kCacheHits, "rapport_cache_hits_total", kCounter, "", {}, "Values the shared cache had."},
    {M::kCacheMisses, "rapport_cache_misses_total", kCounter, "", {}, "Values the shared cache did not have."},
    {M::kCacheStaleRefused, "rapport_cache_stale_refused_total", kCounter, "", {}, "Fills that lost against a newer version or a fence."},
    {M::kCacheDecryptFailed, "rapport_cache_decrypt_failed_total", kCounter, "", {}, "Cached values that were not what was asked for; served as misses."},
    {M::kCacheErrors, "rapport_cache_errors_total", kCounter, "", {}, "Error replies of the shared cache and connections lost or refused."},
    {M::kCacheTimeouts, "rapport_cache_timeouts_total", kCounter, "", {}, "Connections to the shared cache closed because a reply was late."},
    {M::kCacheDropped, "rapport_cache_dropped_total", kCounter, "", {}, "Cache commands not sent because too many were under way."},
    {M::kCacheFencesLost, "rapport_cache_fences_lost_total", kCounter, "", {}, "Invalidations that were neither confirmed nor remembered; the outbox repeats them."},
    {M::kCacheBreakerOpen, "rapport_cache_breaker_open", kGauge, "", {}, "1 while the shared cache is skipped because it failed."},
    {M::kCacheCoherent, "rapport_cache_coherent", kGauge, "", {}, "1 while the cache says what other replicas change; then copies are kept in memory."},
    {M::kOutboxPending, "rapport_outbox_pending", kGauge, "destination", kDestinations, "Events not yet delivered."},
    {M::kOutboxOldest, "rapport_outbox_oldest_seconds", kGauge, "destination", kDestinations, "Age of the oldest event not yet delivered; 0 when there is none."},
    {M::kOutboxParked, "rapport_outbox_parked_families", kGauge, "destination", kDestinations, "Families whose events stopped after repeated refusals; an operator must retry or skip."},
    {M::kDbCommits, "rapport_db_commits_total", kCounter, "database", kDatabases, "Durable commits; one holds many transactions."},
    {M::kDbTransactions, "rapport_db_transactions_total", kCounter, "database", kDatabases, "Write transactions."},
    {M::kDbCheckpoints, "rapport_db_checkpoints_total", kCounter, "database", kDatabases, "Times the write-ahead log was written back."},
    {M::kDbQueue, "rapport_db_queue", kGauge, "database", kDatabases, "Write transactions that wait for their turn."},
    {M::kDbWalPages, "rapport_db_wal_pages", kGauge, "database", kDatabases, "Pages in the write-ahead log."},
    {M::kDbHealthy, "rapport_db_healthy", kGauge, "database", kDatabases, "0 once a commit failed so that the process must end."},
    {M::kKeysCached, "rapport_keys_cached", kGauge, "", {}, "Unwrapped keys in memory."},
    {M::kKeysErased, "rapport_keys_erased_total", kCounter, "", {}, "Keys destroyed by erasures since the process started."},
    {M::kCertNotAfter, "rapport_cert_not_after_seconds", kGauge, "certificate", kCertificates, "When the certificate in use ends, in seconds since 1970 UTC."},
    {M::kCertRefused, "rapport_cert_refused_total", kCounter, "certificate", kCertificates, "New certificates on disk that were refused; the old one stays in use."},
    {M::kJwksAge, "rapport_jwks_age_seconds", kGauge, "", {}, "Age of the oldest key set in use for tokens, since it was last read."},
    {M::kLogLinesDropped, "rapport_log_lines_dropped_total", kCounter, "", {}, "Log lines lost because whoever reads them is too slow."},
    {M::kLogLinesSuppressed, "rapport_log_lines_suppressed_total", kCounter, "", {}, "Repeated warnings left out."},
    {M::kSpans, "rapport_spans_total", kCounter, "result", {"sent", "dropped", "lost"}, "Spans of traces: the receiver took them, too many waited, or it did not take them."},
    {M::kEvents, "rapport_events_total", kCounter, "type", {"roster_changed", "case_changed", "consent_changed", "safety_changed", "break_glass_changed", "family_erased", "professional_changed", "supervision_changed", "session_held", "note_signed", "session_changed", "goal_changed", "homework_changed", "rating_recorded", "signal_changed", "rating_request_expired"}, "What happened, by type of event; in whole elevens.", kPeople},
    {M::kForms, "rapport_forms", kGauge, "outcome", {"asked", "answered", "skipped", "expired"}, "Forms that became due in the last 90 days, and how they ended; in whole elevens.", kPeople},
    {M::kSignalsOpen, "rapport_signals_open", kGauge, "kind", {"isolation", "rupture", "split", "unsafe", "ceiling", "helper_split"}, "Signals that are not closed, by kind; in whole elevens.", kPeople},
    {M::kSignalsOpenByAge, "rapport_signals_open_by_age", kGauge, "age", {"week", "month", "older"}, "Signals that are not closed, by the time since they were raised: up to 7 days, up to 30, more; in whole elevens.", kPeople},
    {M::kHomework, "rapport_homework", kGauge, "reached", {"proposed", "agreed", "reviewed"}, "Homework of the last 90 days that came at least so far; in whole elevens.", kPeople},
    {M::kAgenciesWithoutDuty, "rapport_agencies_without_on_duty", kGauge, "", {}, "Agencies that have nobody on duty for their members' concerns."},
    {M::kProcessCpu, "process_cpu_seconds_total", kCounter, "", {}, "CPU time of the process in seconds."},
    {M::kProcessMemory, "process_resident_memory_bytes", kGauge, "", {}, "Resident memory of the process."},
    {M::kProcessFiles, "process_open_fds", kGauge, "", {}, "Open files and sockets of the process."},
    {M::kProcessStart, "process_start_time_seconds", kGauge, "", {}, "When the process started, in seconds since 1970 UTC."},
  });
  // clang-format on
}();

constexpr const MetricRow& RowOf(Metric metric) {
  return kMetrics[static_cast<std::size_t>(metric)];
}

static_assert(kMetrics.size() == static_cast<std::size_t>(Metric::kCount));
static_assert([] {
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    if (static_cast<std::size_t>(kMetrics[i].metric) != i) return false;
  }
  return true;
}());

// Calls, by method. Names and labels of go-grpc-prometheus: every gRPC dashboard knows them.
inline constexpr std::array<std::string_view, 4> kCallLabels = {"grpc_type", "grpc_service",
                                                                "grpc_method", "grpc_code"};
struct CallMetricNames {
  std::string_view started, handled, seconds;
};
inline constexpr CallMetricNames kServerCalls = {
    "grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds"};
inline constexpr CallMetricNames kClientCalls = {
    "grpc_client_started_total", "grpc_client_handled_total", "grpc_client_handling_seconds"};

// Always 1; labels version, revision, compiler.
inline constexpr std::string_view kBuildInfo = "rapport_build_info";

// Upper bounds of the histograms in nanoseconds; a last bucket takes everything longer.
inline constexpr std::array<std::int64_t, 13> kLatencyBounds = {
    1'000'000,     2'500'000,     5'000'000,     10'000'000,  25'000'000,
    50'000'000,    100'000'000,   250'000'000,   500'000'000, 1'000'000'000,
    2'500'000'000, 5'000'000'000, 10'000'000'000};

}  // namespace rapport::telemetry
