// The figures behind estimates and signals: fitted to the agency's own ratings, and what its
// people found of signals; every version kept.
//
// A fit looks at the families that rated last, each with its whole history: enough to know the
// figures, and bounded however large the agency is.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/family_history.h"
#include "alliance/record_walk.h"
#include "alliance/scoring/suppression.h"
#include "alliance/signal_figures.h"
#include "alliance/signal_probability.h"
#include "alliance/signals/noise_fit.h"
#include "alliance/signals/parameter_fit.h"
#include "alliance/signals/raising_fit.h"
#include "platform/base/status_macros.h"
#include "platform/base/yield.h"
#include "platform/records/lists.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr int kNewestRatings = 5'000;
constexpr std::size_t kLookedAt = 300;

}  // namespace

AllianceService::Answer<std::vector<std::string>> AllianceService::RatedLast(CallContext& context) {
  std::vector<std::string> families;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    families.clear();
    ASSIGN_OR_RETURN(
        const auto ratings,
        deps_.records.List(tx, context.principal->agency,
                           {.kind = kRating, .newest_first = true, .limit = kNewestRatings}));
    for (const records::Record& one : ratings) {
      if (families.size() == kLookedAt) break;
      if (std::ranges::find(families, one.family) == families.end()) {
        families.push_back(one.family);
      }
    }
    return absl::OkStatus();
  }));
  co_return families;
}

Task<absl::Status> AllianceService::EachHistory(CallContext& context,
                                                const std::vector<std::string>& families,
                                                const HistoryVisit& visit) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  // Ages choose between a form's populations only; without them the one for any age is used.
  const AccessFacts nobody;
  for (const std::string& family : families) {
    absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
      file = store_.Load(tx, agency, family);
      return file.status();
    }));
    const FileView view{*file, nobody, store_.shelf(), names, Now()};
    visit(family, HistoryOf(view));
    co_await Yield();  // some 10 ms a family: other calls of the thread go on
  }
  co_return absl::OkStatus();
}

AllianceService::Answer<JudgedByKind> AllianceService::JudgedSignals(CallContext& context) {
  JudgedByKind judged;
  const auto take = [&](db::Tx&, records::Record record) -> absl::Status {
    ASSIGN_OR_RETURN(const auto stored,
                     records::Parse<internal::v1::StoredSignal>(std::move(record)));
    if (const auto one = JudgementOf(stored.message)) {
      judged[stored.message.signal().kind()].push_back(*one);
    }
    return absl::OkStatus();
  };
  CO_RETURN_IF_ERROR(co_await WalkRecords(deps_, context, kSignal, take));
  co_return judged;
}

AllianceService::Answer<v1::FitSignalFiguresResponse> AllianceService::FitSignalFigures(
    CallContext& context, const v1::FitSignalFiguresRequest&) {
  const std::string& agency = context.principal->agency;
  std::optional<StoredFigures> before;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(before, FindFigures(tx, deps_.records, agency));
    return absl::OkStatus();
  }));
  const MonitorParameters assumed = before ? ParametersOf(before->message) : MonitorParameters();
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> looked_at, co_await RatedLast(context));
  // Drawn towards the assumed figures, not towards the last fit: the same ratings fitted twice give
  // the same figures.
  FigureFit fit{MonitorParameters()};
  CO_RETURN_IF_ERROR(co_await EachHistory(
      context, looked_at, [&](const std::string& family, std::span<const SessionFacts> history) {
        fit.Add(family, history);
      }));
  std::set<std::string> raters, families;
  std::int64_t ratings = 0;
  for (const QuietStretch& one : fit.stretches()) {
    raters.insert(one.rater);
    families.insert(one.family);
    ratings += std::ssize(one.ratings);
  }
  // A figure moves by how much was seen, but nothing moves by what a few people gave.
  const bool enough = std::ssize(raters) >= kFewest;
  CO_ASSIGN_OR_RETURN(const JudgedByKind judged, co_await JudgedSignals(context));
  if (!enough && judged.empty()) co_return errors::NothingToFit();
  v1::FitSignalFiguresResponse response;
  *response.mutable_before() = FiguresOf(assumed);
  if (before) *response.mutable_before() = before->message;
  v1::SignalFigures& after = *response.mutable_after();
  MonitorParameters fitted = assumed;
  if (enough) {
    // Each rests on those before: how noisy raters are on what days do, thresholds on all.
    fitted = fit.Fitted();
    NoiseFit noise(fitted);
    CO_RETURN_IF_ERROR(co_await EachHistory(
        context, looked_at,
        [&](const std::string&, std::span<const SessionFacts> history) { noise.Add(history); }));
    fitted.noise_shares = noise.Shares();
    RaisingFit raising(fitted);
    CO_RETURN_IF_ERROR(co_await EachHistory(
        context, looked_at,
        [&](const std::string&, std::span<const SessionFacts> history) { raising.Add(history); }));
    fitted.decision.raises = raising.Fitted();
  }
  fitted.version = assumed.version + 1;
  after = FiguresOf(fitted);
  if (enough) {
    Round(after);
    after.set_ratings(static_cast<int>(WholeElevens(ratings)));
    after.set_raters(static_cast<int>(WholeElevens(std::ssize(raters))));
    after.set_families(static_cast<int>(WholeElevens(std::ssize(families))));
  }
  AddCalibrations(judged, after);
  *after.mutable_create_time() = schema::ToTimestamp(Now());
  records::Changes changes(context, Now());
  WriteFigures(before, after, Now(), changes);
  CO_RETURN_IF_ERROR(
      (co_await deps_.records.Commit(context, std::move(changes), response)).status());
  co_return response;
}

AllianceService::Answer<v1::ListSignalFiguresResponse> AllianceService::ListSignalFigures(
    CallContext& context, const v1::ListSignalFiguresRequest& request) {
  const std::string& agency = context.principal->agency;
  std::vector<v1::SignalFigures> versions = {FiguresOf(MonitorParameters())};
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    versions.resize(1);
    ASSIGN_OR_RETURN(auto fitted, FigureVersions(tx, deps_.records, agency));
    std::ranges::move(fitted, std::back_inserter(versions));
    return absl::OkStatus();
  }));
  std::vector<records::Placed<v1::SignalFigures>> placed;
  for (v1::SignalFigures& one : versions) {
    const int version = one.version();
    placed.push_back({version, std::to_string(version), std::move(one)});
  }
  v1::ListSignalFiguresResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(placed),
                                        /*newest_first=*/true, [&](v1::SignalFigures one) {
                                          *response.add_signal_figures() = std::move(one);
                                        }));
  co_return response;
}

}  // namespace rapport::alliance
