#include "admin/verification.h"

#include "admin/chain_heads.h"
#include "platform/audit/checkpoint_file.h"
#include "platform/audit/verifier.h"
#include "platform/base/clock.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/key_store.h"
#include "platform/crypto/signing_key.h"
#include "platform/db/run_sync.h"
#include "platform/records/sealed_check.h"

#include <absl/strings/str_cat.h>

#include <cstdio>
#include <map>
#include <vector>

namespace rapport::admin {
namespace {

// Checkpoints compared in one transaction.
constexpr std::size_t kPage = 1'000;

constexpr char kSelectMac[] = "SELECT mac FROM audit WHERE agency_id = $1 AND sequence = $2";

constexpr char kSelectLast[] =
    "SELECT sequence FROM audit WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";

constexpr char kSelectAgencies[] = "SELECT agency_id FROM agency_key";

const char* WordsOf(audit::Fault fault) {
  switch (fault) {
    case audit::Fault::kNone:
      return "holds";
    case audit::Fault::kEdited:
      return "a line was edited";
    case audit::Fault::kMissing:
      return "a line is missing";
    case audit::Fault::kReordered:
      return "lines were reordered";
    case audit::Fault::kTruncated:
      return "lines at its end are missing";
    case audit::Fault::kForked:
      return "it was written anew";
    case audit::Fault::kForeign:
      return "a line is of another agency or service";
  }
  return "does not hold";
}

struct Run {
  const VerifyRequest& request;
  const Store& data;
  crypto::SqlKeyRing& keys;
  const crypto::SuiteSecret& suite;
  const std::string public_key;
  LongCall call;
};

absl::Status Broken(const Run& run, const std::string& agency, std::int64_t line,
                    audit::Fault fault) {
  return absl::DataLossError(absl::StrCat(run.request.service, ", agency ", agency,
                                          ": the audit chain is broken at line ", line, ": ",
                                          WordsOf(fault)));
}

// A restore numbers the events of agencies anew that came after the backup: they have a head, and
// neither a line nor a key until they do something again.
absl::StatusOr<bool> HasNothingYet(Run& run, const ChainHead& head,
                                   const std::set<std::string>& with_keys) {
  if (head.sequence != 0 || with_keys.contains(head.agency)) return false;
  bool lines = false;
  RETURN_IF_ERROR(db::RunSync(
      *run.data.db, run.call,
      [&](db::Tx& tx) {
        return tx.Run(kSelectLast, {head.agency}, [&](const auto&) { lines = true; }).status();
      },
      false));
  return !lines;
}

absl::StatusOr<std::int64_t> VerifyChain(Run& run, const std::string& agency) {
  const audit::Verifier verifier(run.request.service, *run.data.db, run.keys, run.suite,
                                 run.public_key);
  ASSIGN_OR_RETURN(const audit::VerifyReport report,
                   RunSync(verifier.Verify(run.call, agency, {})));
  if (report.fault == audit::Fault::kNone) return report.rows;
  return Broken(run, agency, report.first_bad, report.fault);
}

// What a checkpoint file says of an agency's chain, which holds in itself.
struct InFile {
  std::int64_t through = 0, later = 0;
};
using Heads = std::map<std::string, std::int64_t>;
using Known = std::map<std::string, InFile>;

// Each place of `page` is on the chain of its agency.
absl::Status ComparePage(Run& run, const Heads& heads, const std::vector<audit::Checkpoint>& page,
                         Known& known) {
  return db::RunSync(
      *run.data.db, run.call,
      [&](db::Tx& tx) -> absl::Status {
        for (const audit::Checkpoint& place : page) {
          const auto found = heads.find(place.agency);
          const std::int64_t head = found == heads.end() ? 0 : found->second;
          if (place.sequence > head && run.request.of_backup) {
            ++known[place.agency].later;
            continue;
          }
          // A service that runs may have come further since the heads were read: the row says.
          bool agrees = false;
          ASSIGN_OR_RETURN(const std::int64_t rows,
                           tx.Run(kSelectMac, {place.agency, place.sequence},
                                  [&](const auto& row) { agrees = row.Bytes(0) == place.mac; }));
          if (rows == 0 && place.sequence > head) {
            return Broken(run, place.agency, head + 1, audit::Fault::kTruncated);
          }
          if (!agrees) return Broken(run, place.agency, place.sequence, audit::Fault::kForked);
          ++known[place.agency].through;
        }
        return absl::OkStatus();
      },
      false);
}

absl::StatusOr<Known> CompareFile(Run& run, const Heads& heads, const std::string& path) {
  Known known;
  std::vector<audit::Checkpoint> page;
  RETURN_IF_ERROR(audit::WalkCheckpoints(
      path, run.request.service, run.public_key, [&](const audit::Checkpoint& checkpoint) {
        page.push_back(checkpoint);
        if (page.size() < kPage) return absl::OkStatus();
        const absl::Status compared = ComparePage(run, heads, page, known);
        page.clear();
        return compared;
      }));
  RETURN_IF_ERROR(ComparePage(run, heads, page, known));
  return known;
}

void Say(const VerifyRequest& request, const std::map<std::string, std::int64_t>& lines,
         std::vector<Known>& files) {
  for (const auto& [agency, rows] : lines) {
    std::printf("%s, agency %s: %lld audit lines hold", request.service.c_str(), agency.c_str(),
                static_cast<long long>(rows));
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::printf(", through %lld checkpoints of the file %s",
                  static_cast<long long>(files[i][agency].through),
                  request.checkpoint_files[i].c_str());
    }
    std::printf("\n");
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (const auto& [agency, in_file] : files[i]) {
      if (in_file.later == 0) continue;
      std::printf(
          "%s, agency %s: %s knows of %lld later checkpoints: what was written after this backup "
          "is not in it\n",
          request.service.c_str(), agency.c_str(), request.checkpoint_files[i].c_str(),
          static_cast<long long>(in_file.later));
    }
  }
}

absl::StatusOr<std::set<std::pair<std::string, std::string>>> Erased(const VerifyRequest& request,
                                                                     const Store& keys) {
  auto erased = request.erased;
  RETURN_IF_ERROR(db::RunSync(
      *keys.db, LongCall(),
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const auto all, crypto::SelectErasures(tx));
        for (const crypto::ErasedFamily& one : all) erased.emplace(one.agency, one.family);
        return absl::OkStatus();
      },
      false));
  return erased;
}

absl::StatusOr<std::set<std::string>> AgenciesOf(const Store& keys) {
  std::set<std::string> agencies;
  RETURN_IF_ERROR(db::RunSync(
      *keys.db, LongCall(),
      [&](db::Tx& tx) {
        return tx
            .Run(kSelectAgencies, {}, [&](const db::Row& row) { agencies.emplace(row.Bytes(0)); })
            .status();
      },
      false));
  return agencies;
}

}  // namespace

absl::StatusOr<VerifiedFiles> Verify(const VerifyRequest& request, const Store& data,
                                     const Store& keys, const crypto::SuiteSecret& suite) {
  ASSIGN_OR_RETURN(auto wrapping, crypto::KeyWrapping::Load(request.service, request.kek));
  const SystemClock clock;
  crypto::SqlKeyRing ring(std::move(wrapping), *keys.db, clock);
  const crypto::SigningKey signer(suite.Key(crypto::SuiteKey::kCheckpoint, request.service));
  Run run{.request = request,
          .data = data,
          .keys = ring,
          .suite = suite,
          .public_key = signer.public_key()};
  ASSIGN_OR_RETURN(const std::vector<ChainHead> there, HeadsOf(data));
  Heads heads;
  std::map<std::string, std::int64_t> lines;
  VerifiedFiles verified;
  ASSIGN_OR_RETURN(verified.agencies, AgenciesOf(keys));
  for (const ChainHead& head : there) {
    heads[head.agency] = head.sequence;
    ASSIGN_OR_RETURN(const bool nothing, HasNothingYet(run, head, verified.agencies));
    if (nothing) continue;
    ASSIGN_OR_RETURN(lines[head.agency], VerifyChain(run, head.agency));
  }
  std::vector<Known> files;
  for (const std::string& path : request.checkpoint_files) {
    ASSIGN_OR_RETURN(Known known, CompareFile(run, heads, path));
    for (const auto& [agency, in_file] : known) {
      if (in_file.later > 0) verified.later.insert(path);
      verified.agencies.insert(agency);
    }
    files.push_back(std::move(known));
  }
  Say(request, lines, files);
  ASSIGN_OR_RETURN(const auto erased, Erased(request, keys));
  const auto is_erased = [&](std::string_view agency, std::string_view family) {
    return erased.contains({std::string(agency), std::string(family)});
  };
  ASSIGN_OR_RETURN(
      const records::SealedCounts counts,
      records::OpenAllSealed(run.call, request.service, *data.db, ring, suite, is_erased));
  std::printf(
      "%s: opened %lld records, %lld superseded versions, %lld answers, %lld events, %lld audit "
      "lines of %zu agencies; %lld rows of erased families stay closed\n",
      request.service.c_str(), static_cast<long long>(counts.records),
      static_cast<long long>(counts.superseded), static_cast<long long>(counts.answers),
      static_cast<long long>(counts.events), static_cast<long long>(counts.audit_lines),
      heads.size(), static_cast<long long>(counts.erased));
  return verified;
}

}  // namespace rapport::admin
