#include "notes/owed_backfill.h"

#include "notes/owed_notes.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"

#include <google/protobuf/empty.pb.h>

#include <chrono>
#include <vector>

namespace rapport::notes {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kAtOnce = 100;
constexpr int kWalks = 2;
constexpr std::chrono::minutes kBetween{15};

// RecordStateOf notes that are open.
const std::vector<std::int64_t>& OpenStates() {
  static const auto& states = *new std::vector<std::int64_t>{
      v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_AWAITING_COSIGN, kLockedOwing,
      kLockedAwaitingCosign};
  return states;
}

}  // namespace

absl::Status OwedBackfill::Round(std::string_view agency) {
  std::lock_guard lock(mutex_);
  Walk& walk = walks_[std::string(agency)];
  if (walk.done == kWalks || SteadyClock::now() < walk.next) return absl::OkStatus();
  return Fill(agency, walk);
}

absl::Status OwedBackfill::Fill(std::string_view agency, Walk& walk) const {
  AgencyWork context(agency, "service/notes", "rapport.notes/FillOwedNotes", kPatience);
  std::vector<records::Record> notes;
  RETURN_IF_ERROR(db::RunSync(
      deps_.db, context,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(notes, deps_.records.List(tx, agency,
                                                   {.kind = kNote,
                                                    .states = OpenStates(),
                                                    .after_us = walk.after_us,
                                                    .after_id = walk.after_id,
                                                    .limit = kAtOnce}));
        return absl::OkStatus();
      },
      /*write=*/false));
  absl::Status first;
  for (const records::Record& note : notes) {
    const absl::Status filled = FillOne(context, note);
    // Somebody wrote in the family meanwhile, or nothing can be written: a second later again.
    if (records::IsConflict(filled)) return first;
    if (absl::IsUnavailable(filled) || absl::IsDeadlineExceeded(filled)) return filled;
    // NOT_FOUND, FAILED_PRECONDITION: the family was erased.
    if (!absl::IsNotFound(filled) && !absl::IsFailedPrecondition(filled)) first.Update(filled);
    walk.after_us = note.sort_us;
    walk.after_id = note.id;
  }
  if (notes.size() < kAtOnce) {
    walk = {.done = walk.done + 1, .next = SteadyClock::now() + kBetween, .after_id = {}};
  }
  return first;
}

absl::Status OwedBackfill::FillOne(CallContext& context, const records::Record& note) const {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = deps_.clock.NowMicros();
  context.access.family = note.family;
  Chart chart;
  RETURN_IF_ERROR(db::RunSync(
      deps_.db, context,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(chart, store_.Load(tx, agency, note.family, ChartPart::kWhole));
        return absl::OkStatus();
      },
      /*write=*/false));
  const StoredNote* stored = chart.Note(note.parent, note.id);
  if (stored == nullptr) return absl::OkStatus();
  records::Changes changes(context, now_us);
  if (!SaveOwed(deps_.NamesOf(agency), chart, *stored, now_us, changes)) return absl::OkStatus();
  changes.Guard(note.family, chart.revision);
  changes.Audit("note.owed", stored->record);
  return RunSync(deps_.records.Commit(context, std::move(changes), google::protobuf::Empty()))
      .status();
}

}  // namespace rapport::notes
