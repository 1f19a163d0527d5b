#include "platform/records/sealed_check.h"

#include "platform/audit/audit_chain.h"
#include "platform/audit/audit_record.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/run_sync.h"
#include "platform/records/outbox.h"
#include "platform/records/sealing.h"

#include <vector>

namespace rapport::records {
namespace {

using crypto::KeyClass;
using db::Blob;

constexpr int kPage = 500;

// family_id, kind, id, version, payload of one page behind ($2, $3, $4, $5).
#define RAPPORT_SEALED "SELECT family_id, kind, id, version, payload FROM "
#define RAPPORT_SEALED_PAGE                                                     \
  " WHERE agency_id = $1 AND (family_id, kind, id, version) > ($2, $3, $4, $5)" \
  " ORDER BY family_id, kind, id, version LIMIT $6"
constexpr char kRecords[] = RAPPORT_SEALED "record" RAPPORT_SEALED_PAGE;
constexpr char kHistory[] = RAPPORT_SEALED "record_history" RAPPORT_SEALED_PAGE;
constexpr char kPsychotherapy[] = RAPPORT_SEALED "record_psychotherapy" RAPPORT_SEALED_PAGE;
constexpr char kSubstanceUse[] = RAPPORT_SEALED "record_substance_use" RAPPORT_SEALED_PAGE;
constexpr char kAnswers[] =
    "SELECT caller_hmac, request_id, family_id, key_class, reply FROM answer"
    " WHERE agency_id = $1 AND (caller_hmac, request_id) > ($2, $3)"
    " ORDER BY caller_hmac, request_id LIMIT $4";
constexpr char kEvents[] =
    "SELECT sequence, family_id, event_type, created_us, envelope FROM outbox"
    " WHERE agency_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
constexpr char kAudit[] =
    "SELECT sequence, sealed FROM audit"
    " WHERE agency_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

std::string Text(const db::Row& row, int column) { return std::string(row.Bytes(column)); }

// One agency inside one snapshot.
class Check {
 public:
  Check(const std::string& service, std::string agency, db::Tx& tx, crypto::KeyRing& keys,
        const crypto::SuiteSecret& suite,
        absl::FunctionRef<bool(std::string_view, std::string_view)> is_erased, SealedCounts& counts)
      : service_(service),
        agency_(std::move(agency)),
        tx_(tx),
        keys_(keys),
        suite_(suite),
        is_erased_(is_erased),
        counts_(counts) {}

  absl::Status All() {
    RETURN_IF_ERROR(Records("record", kRecords, KeyClass::kRecord, counts_.records));
    RETURN_IF_ERROR(Records("record_history", kHistory, KeyClass::kRecord, counts_.superseded));
    RETURN_IF_ERROR(
        Records("record_psychotherapy", kPsychotherapy, KeyClass::kPsychotherapy, counts_.records));
    RETURN_IF_ERROR(
        Records("record_substance_use", kSubstanceUse, KeyClass::kSubstanceUse, counts_.records));
    RETURN_IF_ERROR(Answers());
    RETURN_IF_ERROR(Events());
    RETURN_IF_ERROR(AuditLines());
    if (bad_ == 0) return absl::OkStatus();
    return absl::DataLossError(Concat({service_, ", agency ", agency_, ": ", std::to_string(bad_),
                                       " rows do not open, the first in ", first_bad_}));
  }

 private:
  struct Sealed {
    std::string family, id;
    std::int64_t kind = INT64_MIN, version = 0;
    std::string payload;
  };

  absl::Status Records(const char* table, const char* sql, KeyClass key_class,
                       std::int64_t& opened) {
    std::vector<Sealed> page;
    Sealed last;
    do {
      page.clear();
      RETURN_IF_ERROR(
          tx_.Run(sql, {agency_, Blob{last.family}, last.kind, Blob{last.id}, last.version, kPage},
                  [&](const db::Row& row) {
                    page.push_back({.family = Text(row, 0),
                                    .id = Text(row, 2),
                                    .kind = row.Int(1),
                                    .version = row.Int(3),
                                    .payload = Text(row, 4)});
                  })
              .status());
      for (const Sealed& row : page) {
        const std::string identity =
            PayloadIdentity(service_, agency_, row.family, row.kind, row.id, row.version);
        RETURN_IF_ERROR(Open(table, row.family, key_class, identity, row.payload, opened));
      }
      if (!page.empty()) last = std::move(page.back());
    } while (page.size() == kPage);
    return absl::OkStatus();
  }

  absl::Status Answers() {
    struct Answer {
      std::string caller, request, family, reply;
      KeyClass key_class = KeyClass::kRecord;
    };
    std::vector<Answer> page;
    Answer last;
    do {
      page.clear();
      RETURN_IF_ERROR(tx_.Run(kAnswers, {agency_, Blob{last.caller}, last.request, kPage},
                              [&](const db::Row& row) {
                                page.push_back({Text(row, 0), Text(row, 1), Text(row, 2),
                                                Text(row, 4), static_cast<KeyClass>(row.Int(3))});
                              })
                          .status());
      for (const Answer& row : page) {
        const std::string identity = AnswerIdentity(service_, agency_, row.caller, row.request);
        RETURN_IF_ERROR(
            Open("answer", row.family, row.key_class, identity, row.reply, counts_.answers));
      }
      if (!page.empty()) last = std::move(page.back());
    } while (page.size() == kPage);
    return absl::OkStatus();
  }

  absl::Status Events() {
    const Outbox outbox(service_, suite_);
    const auto open = [&](const db::Row& row) {
      const Outbox::Sealed event{.family = Text(row, 1),
                                 .type = static_cast<int>(row.Int(2)),
                                 .created_us = row.Int(3),
                                 .envelope = Text(row, 4)};
      Count("outbox", outbox.Open(agency_, event).ok(), counts_.events);
    };
    return BySequence(kEvents, open);
  }

  absl::Status AuditLines() {
    // Who has no line yet may have no key yet: a restore knows of agencies that came after a
    // backup.
    const auto sealer = keys_.Find(agency_, "", KeyClass::kRecord);
    if (!sealer.ok() && !absl::IsNotFound(sealer.status())) return sealer.status();
    const auto open = [&](const db::Row& row) {
      const bool opens =
          sealer.ok() && audit::OpenRecord(**sealer, service_, agency_, row.Bytes(1)).ok();
      Count("audit", opens, counts_.audit_lines);
    };
    return BySequence(kAudit, open);
  }

  absl::Status BySequence(const char* sql, db::Tx::OnRow open) {
    std::int64_t last = 0, rows = 0;
    do {
      ASSIGN_OR_RETURN(rows, tx_.Run(sql, {agency_, last, kPage}, [&](const db::Row& row) {
        last = row.Int(0);
        open(row);
      }));
    } while (rows == kPage);
    return absl::OkStatus();
  }

  absl::Status Open(const char* table, const std::string& family, KeyClass key_class,
                    const std::string& identity, const std::string& sealed, std::int64_t& opened) {
    const auto sealer = keys_.Find(agency_, family, key_class);
    if (absl::IsNotFound(sealer.status())) {
      const bool erased = is_erased_(agency_, family);
      Count(table, erased, erased ? counts_.erased : opened);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(sealer.status());
    Count(table, (*sealer)->Open(identity, sealed).ok(), opened);
    return absl::OkStatus();
  }

  void Count(const char* table, bool good, std::int64_t& counter) {
    if (good) {
      ++counter;
    } else if (++bad_ == 1) {
      first_bad_ = table;
    }
  }

  const std::string& service_;
  const std::string agency_;
  db::Tx& tx_;
  crypto::KeyRing& keys_;
  const crypto::SuiteSecret& suite_;
  const absl::FunctionRef<bool(std::string_view, std::string_view)> is_erased_;
  SealedCounts& counts_;
  std::int64_t bad_ = 0;
  std::string first_bad_;
};

}  // namespace

absl::StatusOr<SealedCounts> OpenAllSealed(
    const CallContext& call, const std::string& service, db::Db& db, crypto::KeyRing& keys,
    const crypto::SuiteSecret& suite,
    absl::FunctionRef<bool(std::string_view agency, std::string_view family)> is_erased) {
  SealedCounts counts;
  RETURN_IF_ERROR(db::RunSync(
      db, call,
      [&](db::Tx& tx) -> absl::Status {
        counts = {};
        ASSIGN_OR_RETURN(const auto agencies, audit::AuditChain::Agencies(tx));
        for (const std::string& agency : agencies) {
          RETURN_IF_ERROR(Check(service, agency, tx, keys, suite, is_erased, counts).All());
        }
        return absl::OkStatus();
      },
      false));
  return counts;
}

}  // namespace rapport::records
