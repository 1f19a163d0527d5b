// Instruments: shipped ones and the agency's own. A definition never changes; a change is a new
// version.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/instruments/check_instrument.h"
#include "alliance/instruments/library.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

namespace rapport::alliance {
namespace {

const auto& kInstrumentFilter =
    *new schema::ListFilter<v1::Instrument>({{"code"}, {"language"}, {"raters"}, {"targets"}});

v1::Instrument ShowInstrument(const records::ServiceDeps& deps, const std::string& agency,
                              const records::Record& record, v1::Instrument instrument) {
  instrument.set_etag(deps.etags.Show(agency, record.id, record.version));
  *instrument.mutable_create_time() = schema::ToTimestamp(record.created_us);
  return instrument;
}

// A shipped one changes with the suite only: its etag is of its name.
v1::Instrument ShowShipped(const records::ServiceDeps& deps, const std::string& agency,
                           v1::Instrument instrument) {
  instrument.set_etag(deps.etags.Show(agency, instrument.name(), instrument.version()));
  return instrument;
}

// Where it stands among those of the same shelf, whatever else comes to be there: by code, then by
// version.
std::string PlaceOf(const v1::Instrument& instrument) {
  constexpr std::size_t kDigits = 4;  // of the largest version
  const std::string version = std::to_string(instrument.version());
  std::string place = instrument.code();
  place += '\0';
  place.append(kDigits - std::min(kDigits, version.size()), '0');
  return place + version;
}

}  // namespace

AllianceService::Answer<v1::CreateInstrumentResponse> AllianceService::CreateInstrument(
    CallContext& context, const v1::CreateInstrumentRequest& request) {
  const std::string& agency = context.principal->agency;
  v1::Instrument instrument = request.instrument();
  if (const auto faults = CheckOwnInstrument(instrument); !faults.empty()) {
    co_return errors::InvalidInstrument(faults);
  }
  instrument.set_name(InstrumentName(instrument.code(), instrument.version()));
  instrument.set_shipped(false);
  if (store_.shelf().Find(instrument.name()) != nullptr) {
    co_return errors::InstrumentExists(instrument.name());
  }
  records::Changes changes(context, Now());
  records::Record record = NewRecord(kInstrument, "", Now());
  record.sort_us = 0;
  record = records::With(record, instrument);
  changes.Create(record);
  changes.Claim(kInstrumentClaim, instrument.name(), record);
  changes.Audit("instrument.create", record);
  record.version = 1;
  v1::CreateInstrumentResponse response;
  *response.mutable_instrument() = ShowInstrument(deps_, agency, record, instrument);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok() && records::TakenIndex(committed.status()) == kInstrumentClaim) {
    co_return errors::InstrumentExists(instrument.name());
  }
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

AllianceService::Answer<v1::GetInstrumentResponse> AllianceService::GetInstrument(
    CallContext& context, const v1::GetInstrumentRequest& request) {
  const std::string& agency = context.principal->agency;
  v1::GetInstrumentResponse response;
  if (const v1::Instrument* shipped = store_.shelf().Find(request.name())) {
    *response.mutable_instrument() = ShowShipped(deps_, agency, *shipped);
    co_return response;
  }
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto id,
                     deps_.records.FindClaim(tx, agency, kInstrumentClaim, request.name()));
    if (!id) return schema::NotFound();
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, "", kInstrument, *id));
    ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Instrument>(std::move(record)));
    *response.mutable_instrument() =
        ShowInstrument(deps_, agency, stored.record, std::move(stored.message));
    return absl::OkStatus();
  }));
  co_return response;
}

// An agency has few instruments of its own: all are loaded, put in order and paged.
AllianceService::Answer<v1::ListInstrumentsResponse> AllianceService::ListInstruments(
    CallContext& context, const v1::ListInstrumentsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kInstrumentFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order, schema::ParseOrderBy(request.order_by(), {"code"}, {}));
  const std::string& agency = context.principal->agency;
  std::vector<v1::Instrument> own;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    own.clear();
    records::ListQuery query{.kind = kInstrument};
    std::string last;
    for (;;) {
      query.after_id = last;
      ASSIGN_OR_RETURN(auto page, deps_.records.List(tx, agency, query));
      if (page.empty()) return absl::OkStatus();
      last = page.back().id;
      for (records::Record& record : page) {
        ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Instrument>(std::move(record)));
        own.push_back(ShowInstrument(deps_, agency, stored.record, std::move(stored.message)));
      }
      if (static_cast<int>(page.size()) < query.limit) return absl::OkStatus();
    }
  }));
  // Shipped ones first, then the agency's own, where nobody asks for another order.
  std::vector<records::Placed<v1::Instrument>> entries;
  const auto place = [&](v1::Instrument instrument) {
    if (!kInstrumentFilter.Matches(terms, instrument)) return;
    const bool behind = request.order_by().empty() && !instrument.shipped();
    std::string where = PlaceOf(instrument);
    entries.push_back({behind ? 1 : 0, std::move(where), std::move(instrument)});
  };
  for (const v1::Instrument& shipped : store_.shelf().all()) {
    place(ShowShipped(deps_, agency, shipped));
  }
  for (v1::Instrument& instrument : own) place(std::move(instrument));
  v1::ListInstrumentsResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending,
      [&](v1::Instrument instrument) { *response.add_instruments() = std::move(instrument); });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

}  // namespace rapport::alliance
