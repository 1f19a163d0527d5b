#include "admin/verification.h"

#include "admin/chain_heads.h"
#include "platform/audit/checkpoint.h"
#include "platform/audit/verifier.h"
#include "platform/base/clock.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/files.h"
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

constexpr std::size_t kMostFileBytes = 1u << 30;

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

using Places = std::map<std::string, std::vector<audit::ChainPlace>, std::less<>>;  // by agency

absl::StatusOr<Places> ReadCheckpointFile(const std::string& path, const std::string& service,
                                          const std::string& public_key) {
  Places places;
  if (path.empty()) return places;
  ASSIGN_OR_RETURN(const crypto::FileText file, crypto::ReadFile(path, kMostFileBytes));
  std::string_view rest = file.text;
  for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
    const auto checkpoint = audit::FromLine(rest.substr(0, end));
    if (!checkpoint.ok() || !audit::IsSigned(*checkpoint, public_key)) {
      return absl::DataLossError(Concat({path, ": a line is not a checkpoint of this suite"}));
    }
    if (checkpoint->service != service) continue;
    places[checkpoint->agency].push_back({checkpoint->sequence, checkpoint->mac});
  }
  return places;
}

struct Run {
  const VerifyRequest& request;
  const Store& data;
  crypto::SqlKeyRing& keys;
  const crypto::SuiteSecret& suite;
  const std::string public_key;
  LongCall call;
};

absl::Status VerifyChain(Run& run, const std::string& agency, std::int64_t head,
                         std::vector<audit::ChainPlace> places) {
  const std::size_t known = places.size();
  if (run.request.of_backup) {
    std::erase_if(places, [head](const auto& place) { return place.sequence > head; });
  }
  const std::size_t later = known - places.size();
  const audit::Verifier verifier(run.request.service, *run.data.db, run.keys, run.suite,
                                 run.public_key);
  ASSIGN_OR_RETURN(const audit::VerifyReport report,
                   RunSync(verifier.Verify(run.call, agency, {.expected = std::move(places)})));
  if (report.fault != audit::Fault::kNone) {
    return absl::DataLossError(absl::StrCat(run.request.service, ", agency ", agency,
                                            ": the audit chain is broken at line ",
                                            report.first_bad, ": ", WordsOf(report.fault)));
  }
  std::printf("%s, agency %s: %lld audit lines hold, through %zu checkpoints of the file\n",
              run.request.service.c_str(), agency.c_str(), static_cast<long long>(report.rows),
              known - later);
  if (later > 0) {
    std::printf(
        "%s, agency %s: the checkpoint file knows of %zu later checkpoints: what was "
        "written after this backup is not in it\n",
        run.request.service.c_str(), agency.c_str(), later);
  }
  return absl::OkStatus();
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

}  // namespace

absl::Status Verify(const VerifyRequest& request, const Store& data, const Store& keys,
                    const crypto::SuiteSecret& suite) {
  ASSIGN_OR_RETURN(auto wrapping, crypto::KeyWrapping::Load(request.service, request.kek));
  const SystemClock clock;
  crypto::SqlKeyRing ring(std::move(wrapping), *keys.db, clock);
  const crypto::SigningKey signer(suite.Key(crypto::SuiteKey::kCheckpoint, request.service));
  Run run{.request = request,
          .data = data,
          .keys = ring,
          .suite = suite,
          .public_key = signer.public_key()};
  ASSIGN_OR_RETURN(Places places,
                   ReadCheckpointFile(request.checkpoint_file, request.service, run.public_key));
  ASSIGN_OR_RETURN(const std::vector<ChainHead> there, HeadsOf(data));
  std::map<std::string, std::int64_t> heads;
  for (const ChainHead& head : there) heads[head.agency] = head.sequence;
  // An agency whose chain is gone as a whole is found by the file alone.
  for (const auto& [agency, known] : places) {
    if (!request.of_backup) heads.try_emplace(agency, 0);
  }
  for (const auto& [agency, head] : heads) {
    RETURN_IF_ERROR(VerifyChain(run, agency, head, places[agency]));
  }
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
  return absl::OkStatus();
}

}  // namespace rapport::admin
