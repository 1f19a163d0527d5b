// Observations: recorded, corrected, listed.
#include "notes/change_chart.h"
#include "notes/notes_errors.h"
#include "notes/observation_rules.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <algorithm>

namespace rapport::notes {
namespace {

const auto& kObservationFilter = *new schema::ListFilter<v1::Observation>(
    {{"view"}, {.name = "observer", .patterns = schema::patterns::kProfessional}});

// The ratings of `given` as the next version of `observation`.
void TakeRatings(const v1::Observation& given, const std::string& reason,
                 v1::Observation& observation) {
  *observation.mutable_members() = given.members();
  observation.clear_shared_purpose();
  if (given.has_shared_purpose()) observation.set_shared_purpose(given.shared_purpose());
  observation.set_correction_reason(reason);
  observation.set_revision(observation.revision() + 1);
}

// Versions of one observation stay together, in their order, whichever way a list is read.
std::string PlaceOf(const records::Record& record) {
  std::string place = record.id;
  for (int shift = 56; shift >= 0; shift -= 8) {
    place.push_back(static_cast<char>(record.version >> shift & 0xff));
  }
  return place;
}

}  // namespace

NotesService::Answer<v1::RecordObservationResponse> NotesService::RecordObservation(
    CallContext& context, const v1::RecordObservationRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::RecordObservationResponse> step =
      [&](Chart& chart, records::Changes& changes,
          v1::RecordObservationResponse& response) -> absl::Status {
    const StoredSession* session = FindSession(context, chart, request.parent());
    if (session == nullptr) return schema::NotFound();
    const v1::Observation& given = request.observation();
    const std::string observer = names.Professional(context.access.professional);
    const bool corrects = !request.corrected_etag().empty();
    StoredObservation* stored = chart.ObservationBy(session->record.id, observer, given.view());
    if (!corrects && stored != nullptr) return errors::ObservationExists(stored->message.name());
    if (corrects && stored == nullptr) return errors::NothingToCorrect();
    if (corrects) {
      RETURN_IF_ERROR(deps_.etags.Check(request.corrected_etag(), agency, stored->record.id,
                                        stored->record.version));
    }
    if (corrects == request.correction_reason().empty()) return errors::WhyIsItCorrected(corrects);
    if (!TakesAttendance(session->message.state())) {
      return errors::SessionNotStarted(session->message.name());
    }
    if (!MayTakeView(given.view(), session->message, observer)) return errors::ViewOfAProvider();
    const Faults faults = FaultsOfObservation(given, session->message);
    if (!faults.empty()) return errors::InvalidResource("observation.", faults);
    const std::int64_t now_us = Now();
    StoredObservation first{
        NewRecord(kObservation, chart.family, session->record.id, now_us, now_us), {}};
    if (stored == nullptr) {
      first.message.set_name(names.Observation(chart.family, session->record.id, first.record.id));
      first.message.set_observer(observer);
      first.message.set_view(given.view());
      stored = &first;
    } else if (SameRatings(stored->message, given)) {
      return errors::NothingCorrected(stored->message.name());
    }
    TakeRatings(given, request.correction_reason(), stored->message);
    SaveObservation(deps_, context, now_us, *stored, changes);
    *response.mutable_observation() = Show(deps_, context, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::RecordObservationResponse>(context, step,
                                                                ChartPart::kObservations);
}

NotesService::Answer<v1::ListObservationsResponse> NotesService::ListObservations(
    CallContext& context, const v1::ListObservationsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kObservationFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  const std::string& agency = context.principal->agency;
  auto chart = co_await LoadChart(context, ChartPart::kObservations);
  if (!chart.ok()) co_return chart.status();
  const bool of_family = deps_.NamesOf(agency).ReadFamily(request.parent()).has_value();
  const StoredSession* session =
      of_family ? nullptr : FindSession(context, *chart, request.parent());
  if (!of_family && session == nullptr) co_return schema::NotFound();
  std::vector<StoredObservation> listed;
  for (StoredObservation& one : chart->observations) {
    if (session != nullptr && one.record.parent != session->record.id) continue;
    if (kObservationFilter.Matches(terms, one.message)) listed.push_back(std::move(one));
  }
  if (request.show_corrected()) {
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      const std::size_t newest = listed.size();
      for (std::size_t i = 0; i < newest; ++i) {
        const std::string id = listed[i].record.id;
        ASSIGN_OR_RETURN(auto earlier, store_.Corrected(tx, agency, chart->family, id));
        for (StoredObservation& one : earlier) {
          if (one.record.version < listed[i].record.version) listed.push_back(std::move(one));
        }
      }
      return absl::OkStatus();
    }));
  }
  std::vector<records::Placed<const StoredObservation*>> entries;
  for (const StoredObservation& one : listed) {
    entries.push_back({one.record.sort_us, PlaceOf(one.record), &one});
  }
  v1::ListObservationsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries),
                                        order.descending, [&](const StoredObservation* one) {
                                          context.disclosed_version = std::max(
                                              context.disclosed_version, one->record.version);
                                          *response.add_observations() = Show(deps_, context, *one);
                                        }));
  co_return response;
}

}  // namespace rapport::notes
