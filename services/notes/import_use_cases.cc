// BatchImportSessions: held sessions from another system, each row by itself.
//
// People and families are looked up at intake first. Then all rows are judged against one snapshot
// and committed together: the batch is as atomic as its answer, which says what became of each row.
#include "notes/import_rules.h"
#include "notes/notes_service.h"
#include "notes/show.h"
#include "notes/values.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/external_ids.h"
#include "platform/schema/validate.h"

#include <map>

namespace rapport::notes {

struct NotesService::ImportedRow {
  std::string family;   // inner id; empty: unknown
  v1::Session session;  // without a name
  RowErrors errors;
};

namespace {

std::string KeyOf(const type::v1::ExternalId& id) { return Concat({id.system(), "=", id.value()}); }

void Reject(const RowErrors& errors, v1::SessionImportOutcome& outcome) {
  outcome.set_status(v1::IMPORT_STATUS_REJECTED);
  for (const auto& error : errors) *outcome.add_errors() = error;
}

// The row's key belongs to a session already: to the same one, or to another.
void Meet(const v1::SessionImport& row, const std::string& family, const SessionKey& known,
          const v1::Session& session, v1::SessionImportOutcome& outcome) {
  if (known.family != family || !SameStart(row, session)) {
    Reject({ImportConflict()}, outcome);
    return;
  }
  outcome.set_status(v1::IMPORT_STATUS_KNOWN);
  outcome.set_session(session.name());
}

}  // namespace

NotesService::Answer<std::vector<NotesService::ImportedRow>> NotesService::ResolveRows(
    CallContext& context, const v1::BatchImportSessionsRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::int64_t now_us = Now();
  std::map<std::string, std::string> families;  // by key, names
  std::vector<ImportedRow> rows;
  for (const v1::SessionImport& row : request.sessions()) {
    ImportedRow& resolved = rows.emplace_back();
    for (const auto& fault : schema::Validate(row)) {
      resolved.errors.push_back(InvalidRow(fault.field, fault.description));
    }
    if (!resolved.errors.empty()) continue;
    resolved.errors = FaultsOfRow(row, now_us);
    auto [family, unasked] = families.try_emplace(KeyOf(row.family()));
    if (unasked) {
      auto found = co_await rosters_.FamilyOf(context, row.family());
      if (!found.ok()) co_return found.status();
      family->second = *std::move(found);
    }
    const auto id = names.ReadFamily(family->second);
    if (!id) {
      resolved.errors.push_back(FamilyUnknown());
      continue;
    }
    resolved.family = *id;
    auto roster = co_await rosters_.RosterAt(context, family->second, Micros(row.start_time()));
    if (!roster.ok()) co_return roster.status();
    resolved.session = SessionOf(row, *roster, resolved.errors);
  }
  co_return rows;
}

NotesService::Answer<v1::BatchImportSessionsResponse> NotesService::ImportOnce(
    CallContext& context, const v1::BatchImportSessionsRequest& request,
    const std::vector<ImportedRow>& rows) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  v1::BatchImportSessionsResponse response;
  std::map<std::string, StoredSession> created;   // by key
  std::map<std::string, std::int64_t> revisions;  // of the families that get a session
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (int i = 0; i < request.sessions_size(); ++i) {
      const v1::SessionImport& row = request.sessions(i);
      const ImportedRow& resolved = rows[static_cast<std::size_t>(i)];
      v1::SessionImportOutcome& outcome = *response.add_outcomes();
      outcome.set_index(i);
      if (!resolved.errors.empty()) {
        Reject(resolved.errors, outcome);
        continue;
      }
      const std::string key = KeyOf(row.external_id());
      if (const auto twin = created.find(key); twin != created.end()) {
        const records::Record& record = twin->second.record;
        Meet(row, resolved.family, {record.family, record.id}, twin->second.message, outcome);
        continue;
      }
      ASSIGN_OR_RETURN(const auto known, store_.FindSession(tx, agency, row.external_id()));
      if (known) {
        ASSIGN_OR_RETURN(const StoredSession session, store_.Session(tx, agency, *known));
        Meet(row, resolved.family, *known, session.message, outcome);
        continue;
      }
      const std::string_view fault = schema::FaultOfExternalValue(row.external_id().value());
      if (!fault.empty()) {
        Reject({InvalidRow("external_id.value", fault)}, outcome);
        continue;
      }
      ASSIGN_OR_RETURN(revisions[resolved.family],
                       deps_.records.Revision(tx, agency, resolved.family));
      StoredSession stored{NewRecord(kSession, resolved.family, "", 0, now_us), resolved.session};
      stored.message.set_name(names.Session(resolved.family, stored.record.id));
      SaveSession(deps_, context, "session.import", now_us, stored, changes);
      changes.Claim(ExternalClaim("session", "", row.external_id()), row.external_id().value(),
                    stored.record);
      outcome.set_status(v1::IMPORT_STATUS_CREATED);
      outcome.set_session(stored.message.name());
      created.emplace(key, std::move(stored));
    }
    return absl::OkStatus();
  }));
  for (const auto& [family, revision] : revisions) changes.Guard(family, revision);
  if (!created.empty()) {
    records::Record batch;
    batch.id = context.request_hash.substr(0, 16);
    changes.Audit("session.import_batch", batch);
  }
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  // A key that somebody else took meanwhile is a conflict: the next attempt finds it known.
  if (!records::TakenIndex(committed.status()).empty()) {
    co_return schema::Refused(schema::reasons::kConflict);
  }
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

NotesService::Answer<v1::BatchImportSessionsResponse> NotesService::BatchImportSessions(
    CallContext& context, const v1::BatchImportSessionsRequest& request) {
  auto rows = co_await ResolveRows(context, request);
  if (!rows.ok()) co_return rows.status();
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return ImportOnce(context, request, *rows); });
}

}  // namespace rapport::notes
