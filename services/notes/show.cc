#include "notes/show.h"

#include "notes/amendment_rules.h"
#include "notes/note_opening_rules.h"
#include "notes/note_rules.h"
#include "notes/owed_notes.h"
#include "notes/part2_rules.h"
#include "notes/session_rules.h"
#include "platform/base/member_age.h"
#include "platform/crypto/new_id.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::notes {
namespace {

template <typename Message>
void ShowRecord(const records::ServiceDeps& deps, std::string_view agency,
                const records::Record& record, Message* message) {
  message->set_etag(deps.etags.Show(agency, record.id, record.version));
  *message->mutable_create_time() = schema::ToTimestamp(record.created_us);
  *message->mutable_update_time() = schema::ToTimestamp(record.updated_us);
}

// `stored.message` as what comes after the version that `stored` holds; 0: nothing yet.
template <typename Message>
void SaveRecord(std::int64_t now_us, std::int64_t state, std::int64_t sort_us,
                records::Stored<Message>& stored, records::Changes& changes) {
  const records::Record before = stored.record;
  stored.record = records::With(before, stored.message);
  stored.record.state = state;
  stored.record.sort_us = sort_us;
  stored.record.updated_us = now_us;
  if (before.version == 0) {
    changes.Create(stored.record);
  } else {
    changes.Update(before, stored.record);
  }
  stored.record.version = before.version + 1;
}

std::string IdOfPerson(const schema::Names& names, const std::string& name) {
  const auto person = names.ReadPerson(name);
  return person ? person->id : std::string();
}

std::string HeldBody(const schema::Names& names, const StoredSession& stored) {
  const v1::Session& session = stored.message;
  internal::v1::SessionHeld body;
  body.set_session(stored.record.id);
  body.set_format(session.format());
  body.set_started_us(schema::ToMicros(session.start_time()));
  body.set_ended_us(schema::ToMicros(session.end_time()));
  const auto add = [&](const std::string& name, bool professional) {
    auto& attendee = *body.add_attendees();
    attendee.set_person(IdOfPerson(names, name));
    attendee.set_professional(professional);
    const v1::Attendance* entry = AttendanceOf(session, name);
    if (entry == nullptr) return;
    attendee.set_presence(entry->presence());
    attendee.set_participation(entry->participation());
    attendee.set_by_plan(entry->by_plan());
  };
  for (const std::string& name : session.invited_members()) add(name, false);
  for (const std::string& name : session.invited_professionals()) add(name, true);
  *body.mutable_external_ids() = session.external_ids();
  return body.SerializeAsString();
}

}  // namespace

v1::Session Show(const records::ServiceDeps& deps, const CallContext& context, const Chart& chart,
                 const StoredSession& session) {
  v1::Session shown = session.message;
  ShowRecord(deps, context.principal->agency, session.record, &shown);
  shown.set_held_number(chart.HeldNumber(session));
  shown.set_case_not_open(shown.state() == v1::SESSION_STATE_SCHEDULED &&
                          context.access.facts != nullptr &&
                          context.access.facts->state != CaseState::kOpen);
  if (context.access.viewer == Viewer::kAgency) {
    shown.clear_attendance();
    shown.clear_cancel_note();
    shown.clear_corrections();
  }
  return shown;
}

v1::Note Show(const records::ServiceDeps& deps, const CallContext& context,
              const StoredNote& note) {
  v1::Note shown = note.message;
  ShowRecord(deps, context.principal->agency, note.record, &shown);
  const schema::Names names = deps.NamesOf(context.principal->agency);
  DropWaiting(
      [&](const std::string& author) {
        const Standing standing =
            StandingTo(names.ReadProfessional(author).value_or(""), context.access.professional,
                       *context.access.facts, deps.clock.NowMicros());
        return standing.author || standing.supervisor;
      },
      &shown);
  if (ShowsTreatment(shown)) shown.set_redisclosure_notice(kRedisclosureNotice);
  return shown;
}

v1::Observation Show(const records::ServiceDeps& deps, const CallContext& context,
                     const StoredObservation& observation) {
  v1::Observation shown = observation.message;
  ShowRecord(deps, context.principal->agency, observation.record, &shown);
  return shown;
}

v1::NoteOpening Show(const records::ServiceDeps& deps, std::string_view agency,
                     const records::Stored<v1::NoteOpening>& stored, std::int64_t at_us) {
  v1::NoteOpening shown = stored.message;
  shown.set_etag(deps.etags.Show(agency, stored.record.id, stored.record.version));
  *shown.mutable_create_time() = schema::ToTimestamp(stored.record.created_us);
  shown.set_state(StateOfOpening(stored.message, stored.record.created_us, at_us));
  return shown;
}

records::Record NewRecord(Kind kind, std::string_view family, std::string_view parent,
                          std::int64_t sort_us, std::int64_t now_us) {
  records::Record record;
  record.kind = kind;
  record.family = family;
  record.id = crypto::NewId();
  record.parent = parent;
  record.sort_us = sort_us;
  record.created_us = now_us;
  record.updated_us = now_us;
  return record;
}

void SaveSession(const records::ServiceDeps& deps, const CallContext& context,
                 std::string_view action, std::int64_t now_us, StoredSession& stored,
                 records::Changes& changes) {
  const v1::Session& session = stored.message;
  const schema::Names names = deps.NamesOf(context.principal->agency);
  SaveRecord(now_us, session.state(), schema::ToMicros(session.scheduled_start_time()), stored,
             changes);
  changes.Audit(action, stored.record,
                MemberIds(names, stored.record.family, session.invited_members()));
  const bool held = session.state() == v1::SESSION_STATE_HELD;
  changes.Emit({.type = held ? internal::v1::EVENT_TYPE_SESSION_HELD
                             : internal::v1::EVENT_TYPE_SESSION_CHANGED,
                .family = stored.record.family,
                .resource = session.name(),
                .version = stored.record.version,
                .body = held ? HeldBody(names, stored) : std::string()});
}

void SaveNote(const records::ServiceDeps& deps, const CallContext& context, std::string_view action,
              std::int64_t now_us, const Chart& chart, const v1::Session& session,
              StoredNote& stored, records::Changes& changes, std::string reason_code) {
  const v1::Note& note = stored.message;
  const schema::Names names = deps.NamesOf(context.principal->agency);
  SaveRecord(now_us, RecordStateOf(note), stored.record.sort_us, stored, changes);
  SaveOwed(names, chart, stored, now_us, changes);
  const auto told = [&](const v1::Note& of) {
    std::vector<std::string> members;
    for (const std::string& member : MembersTold(of, session)) {
      members.push_back(IdOfPerson(names, member));
    }
    return members;
  };
  changes.Audit(action, stored.record, told(note), std::move(reason_code));
  if (note.state() == v1::NOTE_STATE_DRAFT) return;
  internal::v1::NoteSigned body;
  body.set_note(stored.record.id);
  body.set_session(stored.record.parent);
  for (std::string& member : told(InForce(note))) body.add_mentioned_members(std::move(member));
  changes.Emit({.type = internal::v1::EVENT_TYPE_NOTE_SIGNED,
                .family = stored.record.family,
                .resource = note.name(),
                .version = stored.record.version,
                .body = body.SerializeAsString()});
}

void SaveObservation(const records::ServiceDeps& deps, const CallContext& context,
                     std::int64_t now_us, StoredObservation& stored, records::Changes& changes) {
  const schema::Names names = deps.NamesOf(context.principal->agency);
  const bool first = stored.record.version == 0;
  SaveRecord(now_us, 0, stored.record.sort_us, stored, changes);
  std::vector<std::string> members;
  for (const v1::MemberObservation& one : stored.message.members()) {
    members.push_back(IdOfPerson(names, one.member()));
  }
  changes.Audit(first ? "observation.record" : "observation.correct", stored.record,
                std::move(members));
}

std::vector<std::string> MemberIds(const schema::Names& names, std::string_view family,
                                   const google::protobuf::RepeatedPtrField<std::string>& members) {
  std::vector<std::string> ids;
  for (const std::string& name : members) {
    const auto member = names.ReadMember(name);
    ids.push_back(member && member->family == family ? member->id : std::string());
  }
  return ids;
}

Apart ApartIn(const schema::Names& names, const AccessFacts& facts) {
  Apart apart;
  for (const AccessFacts::Separation& pair : facts.separated) {
    apart.emplace_back(names.Member(facts.family, pair.first),
                       names.Member(facts.family, pair.second));
  }
  return apart;
}

std::set<std::string> MemberNames(const schema::Names& names, const AccessFacts& facts) {
  std::set<std::string> members;
  for (const AccessFacts::Member& member : facts.members) {
    members.insert(names.Member(facts.family, member.member));
  }
  return members;
}

SecretsThen SecretsAt(const schema::Names& names, const AccessFacts& facts, std::int64_t at_us) {
  SecretsThen secrets;
  for (const AccessFacts::SecretsPolicy& policy : facts.secrets_policies) {
    if (!policy.period.Contains(at_us)) continue;
    secrets.choice = static_cast<intake::v1::SecretsPolicyOption>(policy.option);
  }
  for (const AccessFacts::Member& member : facts.members) {
    if (!member.direct || !member.period.Contains(at_us)) continue;
    auto& people = IsMinorAt(member, at_us) ? secrets.minors : secrets.adults;
    people.insert(names.Member(facts.family, member.member));
  }
  return secrets;
}

}  // namespace rapport::notes
