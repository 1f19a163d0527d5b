// ImportRatings: ratings of many families from another system, each row by itself.
//
// Rows are read to the end of the stream first; then families and people are looked up at intake,
// access is decided family by family as SubmitRating's would be, and good rows are committed in
// batches, each judged against one snapshot. A row that was recorded by an earlier run of the same
// import is answered as it was then, as known; one with other answers than those on record is
// refused, and changes nothing.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/import_answers.h"
#include "alliance/row_error.h"
#include "alliance/scopes.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/validate.h"

#include <absl/container/flat_hash_map.h>

#include <rapport/intake/v1/professional.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr std::size_t kMostRows = 20'000;
constexpr std::size_t kRowsPerCommit = 200;
constexpr std::string_view kSubmit = "rapport.alliance.v1.AllianceService/SubmitRating";

absl::Status UnknownInRow(std::string_view field) {
  return schema::InvalidField(std::string(field), "known in the family, by its external id");
}

template <typename People>
auto WithExternalId(const People& people, std::string_view system, std::string_view value) {
  return std::ranges::find_if(people, [&](const auto& person) {
    return std::ranges::any_of(person.external_ids(), [&](const auto& id) {
      return id.system() == system && id.value() == value;
    });
  });
}

// The family's one therapist on that day; absent: none, or several.
std::optional<std::string> OnlyTherapist(const AccessFacts& facts, std::int64_t at_us) {
  std::optional<std::string> only;
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (helper.role != intake::v1::THERAPIST_SYSTEM_ROLE_THERAPIST || !helper.direct) continue;
    if (HelperOn(facts, helper.professional, at_us) == nullptr || only == helper.professional) {
      continue;
    }
    if (only) return std::nullopt;
    only = helper.professional;
  }
  return only;
}

void ShowOutcome(const v1::Rating& rating, v1::ImportOutcome* outcome) {
  outcome->set_rating(rating.name());
  for (const v1::RatingPart& part : rating.parts())
    outcome->mutable_scores()->MergeFrom(part.scores());
}

// A path of a rating's part as that of the row it came from.
std::string FieldOfRow(std::string field) {
  if (field == "rater") return "member";
  if (!field.starts_with("parts[")) return field;
  const std::size_t dot = field.find('.');
  if (dot != std::string::npos) field.erase(0, dot + 1);
  return field == "target" ? "professional" : field;
}

void RefuseRow(const std::vector<absl::Status>& refusals, v1::ImportOutcome* outcome) {
  auto errors = ToRowErrors(refusals);
  for (type::v1::RowError& error : errors) {
    const bool of_session = error.field().empty() && error.reason() == "SESSION_NOT_HELD";
    // Of a row only its family can be unknown altogether.
    const bool of_family = error.code() == static_cast<int>(absl::StatusCode::kNotFound);
    error.set_field(of_session ? "session" : of_family ? "family" : FieldOfRow(error.field()));
  }
  Refuse(errors, outcome);
}

// What is wrong with answers, whoever gave them.
void CheckAnswersOfRow(const v1::Instrument& instrument, const PartedAnswers& answers,
                       std::vector<absl::Status>& refusals) {
  const auto check = [&](v1::Asked asked, const Answers& part) {
    for (const AnswerFault& fault : CheckAnswers(instrument, asked, part)) {
      refusals.push_back(errors::InvalidRating("", {FaultOf(fault, "")}));
    }
  };
  check(v1::ASKED_PER_TARGET, answers.per_target);
  check(v1::ASKED_ONCE, answers.once);
}

}  // namespace

struct AllianceService::ImportedFamily {
  absl::Status status;  // NOT_FOUND: none that the caller may write to
  std::string name, id;
  Access access;
  intake::v1::Roster roster;
};

struct AllianceService::ImportedRow {
  v1::ImportRow row;
  std::vector<absl::Status> refusals;  // why it is refused
  const ImportedFamily* family = nullptr;
  v1::Rating rating;
};

struct AllianceService::Import {
  v1::ImportHeader header;
  std::string caller;  // part of the key of a recorded row
  std::vector<ImportedRow> rows;
  absl::flat_hash_map<std::string, std::unique_ptr<ImportedFamily>> families;  // by external id
  // The rows that the commit under way records, by the keys of their ratings.
  absl::flat_hash_map<std::string, const ImportedRow*> in_commit;
  bool sees_safety = false;  // on record
  v1::ImportRatingsResponse response;

  std::string KeyOf(const ImportedRow& row) const {
    return Concat({caller, "/", header.request_id(), "/", std::to_string(row.row.line())});
  }
};

Task<absl::Status> AllianceService::CheckHeader(CallContext& context,
                                                const v1::ImportHeader& header) const {
  co_return co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto instrument,
                     store_.Instrument(tx, context.principal->agency, header.instrument()));
    if (instrument) return absl::OkStatus();
    return schema::InvalidField("header.instrument",
                                "an instrument with its version, shipped or created");
  });
}

Task<absl::Status> AllianceService::ReadRows(CallContext& context,
                                             Stream<v1::ImportRatingsRequest>& stream,
                                             Import& import) {
  bool first = true;
  for (;;) {
    v1::ImportRatingsRequest message;
    CO_ASSIGN_OR_RETURN(const bool more, co_await stream.Next(message));
    if (!more) break;
    if (first != message.has_header()) {
      co_return first ? errors::HeaderMissing() : errors::HeaderAgain();
    }
    if (const auto violations = schema::Validate(message); !violations.empty()) {
      co_return schema::InvalidFields(violations);
    }
    if (first) {
      import.header = message.header();
      CO_RETURN_IF_ERROR(co_await CheckHeader(context, import.header));
    }
    first = false;
    if (import.rows.size() + static_cast<std::size_t>(message.rows_size()) > kMostRows) {
      co_return errors::TooManyRows();
    }
    for (v1::ImportRow& row : *message.mutable_rows()) {
      ImportedRow& added = import.rows.emplace_back();
      if (const auto violations = schema::Validate(row); !violations.empty()) {
        added.refusals.push_back(schema::InvalidFields(violations));
      }
      added.row = std::move(row);
    }
  }
  co_return first ? errors::HeaderMissing() : absl::OkStatus();
}

// Who may not write to a family must not learn that it exists.
Task<absl::Status> AllianceService::ResolveFamily(CallContext& context, Import& import,
                                                  ImportedRow& row) {
  auto& slot = import.families[row.row.family()];
  if (slot == nullptr) {
    slot = std::make_unique<ImportedFamily>();
    ImportedFamily& family = *slot;
    type::v1::ExternalId id;
    id.set_system(import.header.system());
    id.set_value(row.row.family());
    CO_ASSIGN_OR_RETURN(family.name, co_await rosters_.FamilyOf(context, id));
    const auto inner = deps_.NamesOf(context.principal->agency).ReadFamily(family.name);
    if (!inner) {
      family.status = schema::NotFound();
    } else {
      family.id = *inner;
      auto access = co_await deps_.access.Check(context, kSubmit, family.id, "");
      if (!access.ok() && !IsAboutTheRow(access.status())) co_return access.status();
      if (!access.ok()) {
        family.status = schema::NotFound();
      } else {
        family.access = *std::move(access);
        CO_ASSIGN_OR_RETURN(family.roster, co_await rosters_.RosterAt(context, family.name, Now()));
      }
    }
  }
  if (!slot->status.ok()) row.refusals.push_back(slot->status);
  row.family = slot.get();
  co_return absl::OkStatus();
}

// External ids to names; whatever can't be found refuses the row.
absl::Status AllianceService::ResolveRow(db::Tx& tx, const std::string& agency, Import& import,
                                         ImportedRow& row) const {
  const schema::Names names = deps_.NamesOf(agency);
  const ImportedFamily& family = *row.family;
  const std::string& system = import.header.system();
  const auto& members = family.roster.members();
  const auto member = WithExternalId(members, system, row.row.member());
  if (member == members.end()) row.refusals.push_back(UnknownInRow("member"));
  ASSIGN_OR_RETURN(const auto session,
                   deps_.records.FindClaim(tx, agency, SessionClaim(system), row.row.session()));
  std::optional<StoredSession> held;
  if (session) {
    ASSIGN_OR_RETURN(held, store_.HeldSession(tx, agency, family.id, *session));
  }
  if (!held) row.refusals.push_back(errors::SessionNotHeld(""));
  std::string professional;
  if (!row.row.professional().empty()) {
    const auto& helpers = family.roster.helpers();
    const auto helper = WithExternalId(helpers, system, row.row.professional());
    if (helper != helpers.end()) professional = helper->professional();
  } else if (held) {
    const auto alone = OnlyTherapist(*family.access.facts, held->message.held().started_us());
    if (alone) professional = names.Professional(*alone);
  }
  // Who is meant by nobody, the session's day says.
  if (professional.empty() && (held || !row.row.professional().empty())) {
    row.refusals.push_back(UnknownInRow("professional"));
  }
  ASSIGN_OR_RETURN(const auto instrument,
                   store_.Instrument(tx, agency, import.header.instrument()));
  if (!instrument) return schema::InvalidField("header.instrument", "there still");
  PartedAnswers parted = PartAnswers(*instrument, row.row.answers());
  if (!row.refusals.empty()) {
    CheckAnswersOfRow(*instrument, parted, row.refusals);
    return absl::OkStatus();
  }

  row.rating.set_rater(member->member());
  row.rating.set_session(names.Session(family.id, *session));
  row.rating.set_instrument(import.header.instrument());
  row.rating.set_mode(v1::RATING_MODE_IMPORTED);
  const auto add = [&](const std::string& target, Answers answers) {
    if (answers.empty()) return;
    v1::RatingPart& part = *row.rating.add_parts();
    part.set_target(target);
    *part.mutable_answers() = std::move(answers);
  };
  add(professional, std::move(parted.per_target));
  add(family.name, std::move(parted.once));
  return absl::OkStatus();
}

// The rating as it was recorded first, and after each change.
absl::StatusOr<std::vector<v1::Rating>> AllianceService::VersionsOf(db::Tx& tx,
                                                                    const std::string& agency,
                                                                    const std::string& family,
                                                                    std::string_view id) const {
  ASSIGN_OR_RETURN(auto newest, deps_.records.Get(tx, agency, family, kRating, id));
  std::vector<records::Record> all;
  if (newest.version > 1) {
    ASSIGN_OR_RETURN(all, deps_.records.History(tx, agency, family, kRating, id));
  }
  all.push_back(std::move(newest));
  std::vector<v1::Rating> versions;
  for (records::Record& record : all) {
    ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Rating>(std::move(record)));
    versions.push_back(std::move(stored.message));
  }
  return versions;
}

// None where some version has the row's answers: what was imported and corrected since is known.
absl::StatusOr<std::vector<RatingFault>> AllianceService::DifferencesFrom(
    db::Tx& tx, const std::string& agency, const Import& import, const ImportedRow& row,
    const std::vector<v1::Rating>& versions) const {
  std::shared_ptr<const v1::Instrument> form;
  if (!import.sees_safety) {
    ASSIGN_OR_RETURN(form, store_.Instrument(tx, agency, import.header.instrument()));
  }
  std::vector<RatingFault> faults;
  for (const v1::Rating& version : versions) {
    faults = DifferencesOf(row.row, row.rating, version, form.get());
    if (faults.empty()) break;
  }
  return faults;
}

// Judges one row inside the batch's snapshot; a good one goes into `changes`.
absl::Status AllianceService::JudgeRow(db::Tx& tx, const std::string& agency, Import& import,
                                       ImportedRow& row, records::Changes& changes,
                                       v1::ImportOutcome* outcome) const {
  outcome->set_line(row.row.line());
  std::vector<absl::Status> refusals = row.refusals;
  if (refusals.empty()) {
    ASSIGN_OR_RETURN(const auto before,
                     deps_.records.FindClaim(tx, agency, kImportClaim, import.KeyOf(row)));
    if (before) {
      ASSIGN_OR_RETURN(const auto versions, VersionsOf(tx, agency, row.family->id, *before));
      row.rating.Clear();  // one line's rating is of one row, whoever it is about
      ASSIGN_OR_RETURN(const auto faults, DifferencesFrom(tx, agency, import, row, versions));
      if (!faults.empty()) {
        RefuseRow({errors::RatingDiffers(faults)}, outcome);
        return absl::OkStatus();
      }
      ShowOutcome(versions.front(), outcome);
      outcome->set_known(true);
      return absl::OkStatus();
    }
    row.rating.Clear();
    RETURN_IF_ERROR(ResolveRow(tx, agency, import, row));
    // Found anew in the next try: a session may have become known meanwhile.
    refusals = std::exchange(row.refusals, {});
  }
  absl::StatusOr<Prepared> prepared = absl::UnknownError("not prepared");
  if (refusals.empty()) {
    std::vector<absl::Status> more;
    prepared = Prepare(tx, agency, row.family->access, Submitter::kImport, "", row.rating, &more);
    if (!prepared.ok()) refusals = {prepared.status()};
    refusals.insert(refusals.end(), more.begin(), more.end());
  }
  if (refusals.empty()) {
    ASSIGN_OR_RETURN(const auto known,
                     deps_.records.FindClaim(tx, agency, kRatingClaim, prepared->key));
    std::vector<v1::Rating> versions;
    if (known) {
      ASSIGN_OR_RETURN(versions, VersionsOf(tx, agency, row.family->id, *known));
    } else {
      const auto [first, added] = import.in_commit.try_emplace(prepared->key, &row);
      if (!added) versions = {first->second->rating};
    }
    if (!versions.empty()) {
      ASSIGN_OR_RETURN(const auto faults, DifferencesFrom(tx, agency, import, row, versions));
      refusals.push_back(faults.empty() ? errors::AlreadyRated(versions.back().name())
                                        : errors::RatingDiffers(faults));
    }
  }
  if (!refusals.empty()) {
    if (!IsAboutTheRow(refusals.front())) return refusals.front();
    RefuseRow(refusals, outcome);
    return absl::OkStatus();
  }
  Record(*prepared, changes);
  changes.Claim(kImportClaim, import.KeyOf(row), prepared->record);
  ShowOutcome(prepared->rating, outcome);
  return absl::OkStatus();
}

// One commit's rows. The call has no request id of its own for the store: each row has one.
Task<absl::Status> AllianceService::CommitRowsOnce(CallContext& context, Import& import,
                                                   std::size_t from, std::size_t to) {
  const std::string& agency = context.principal->agency;
  records::Changes changes(context, Now());
  std::vector<v1::ImportOutcome> outcomes(to - from);
  import.in_commit.clear();
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (std::size_t i = from; i < to; ++i) {
      RETURN_IF_ERROR(JudgeRow(tx, agency, import, import.rows[i], changes, &outcomes[i - from]));
    }
    return absl::OkStatus();
  }));
  if (!import.in_commit.empty()) {
    auto committed = co_await deps_.records.Commit(context, std::move(changes), import.response);
    if (!committed.ok()) co_return committed.status();
  }
  for (v1::ImportOutcome& outcome : outcomes) {
    v1::ImportRatingsResponse& response = import.response;
    if (outcome.has_error()) {
      response.set_refused_rows(response.refused_rows() + 1);
    } else if (outcome.known()) {
      response.set_known_rows(response.known_rows() + 1);
    } else {
      response.set_recorded_rows(response.recorded_rows() + 1);
    }
    *response.add_outcomes() = std::move(outcome);
  }
  co_return absl::OkStatus();
}

AllianceService::Answer<v1::ImportRatingsResponse> AllianceService::ImportRatings(
    CallContext& context, Stream<v1::ImportRatingsRequest>& stream) {
  Import import;
  import.caller = context.principal->subject;
  import.sees_safety = MayRead(context, kRatingAnswersScope);
  CO_RETURN_IF_ERROR(co_await ReadRows(context, stream, import));
  for (ImportedRow& row : import.rows) {
    if (row.refusals.empty()) CO_RETURN_IF_ERROR(co_await ResolveFamily(context, import, row));
  }
  context.request_id.clear();
  for (std::size_t from = 0; from < import.rows.size(); from += kRowsPerCommit) {
    const std::size_t to = std::min(from + kRowsPerCommit, import.rows.size());
    for (int tries = 1;; ++tries) {
      const absl::Status status = co_await CommitRowsOnce(context, import, from, to);
      if (status.ok()) break;
      // Somebody else recorded one of them meanwhile: the next try says so.
      const bool raced = !records::TakenIndex(status).empty();
      if (!raced || tries == 5 || context.Expired()) co_return status;
    }
  }
  co_return std::move(import.response);
}

}  // namespace rapport::alliance
