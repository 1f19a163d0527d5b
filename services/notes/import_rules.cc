#include "notes/import_rules.h"

#include "notes/session_rules.h"
#include "notes/values.h"

#include <absl/status/status.h>

#include <algorithm>
#include <set>

namespace rapport::notes {
namespace {

type::v1::RowError Error(absl::StatusCode code, std::string_view reason, std::string_view field,
                         std::string_view message) {
  type::v1::RowError error;
  error.set_code(static_cast<int>(code));
  error.set_reason(std::string(reason));
  error.set_field(std::string(field));
  error.set_message(std::string(message));
  return error;
}

std::string Indexed(std::string_view field, int index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

std::string KeyOf(const type::v1::ExternalId& id) { return id.system() + "=" + id.value(); }

bool WasThere(v1::Presence presence) {
  return presence != v1::PRESENCE_UNSPECIFIED && presence != v1::PRESENCE_ABSENT;
}

// The name of whoever on the roster has this external id; empty: nobody.
template <typename People, typename NameOf>
std::string FindPerson(const People& people, const type::v1::ExternalId& id, NameOf name_of) {
  for (const auto& person : people) {
    const bool has = std::any_of(
        person.external_ids().begin(), person.external_ids().end(), [&](const auto& other) {
          return other.system() == id.system() && other.value() == id.value();
        });
    if (has) return name_of(person);
  }
  return {};
}

v1::Attendance AttendanceOf(const v1::MemberAttendanceImport& row, const std::string& member) {
  v1::Attendance entry;
  entry.set_person(member);
  entry.set_presence(row.presence());
  if (WasThere(row.presence())) {
    entry.set_participation(row.participation());
    return entry;
  }
  entry.set_absence_reason(row.absence_reason() == v1::ABSENCE_REASON_UNSPECIFIED
                               ? v1::ABSENCE_REASON_UNKNOWN
                               : row.absence_reason());
  entry.set_by_plan(row.absence_reason() == v1::ABSENCE_REASON_PLANNED);
  return entry;
}

// Who held a session was there.
void AddProfessional(std::string name, v1::Session& session) {
  v1::Attendance& entry = *session.add_attendance();
  entry.set_person(name);
  entry.set_presence(v1::PRESENCE_PRESENT);
  session.add_invited_professionals(std::move(name));
}

void AddProfessionals(const v1::SessionImport& row, const intake::v1::Roster& roster,
                      v1::Session& session, RowErrors& errors) {
  if (row.professionals().empty()) {
    for (const auto& helper : roster.helpers()) {
      if (helper.involvement() == intake::v1::INVOLVEMENT_DIRECT) {
        AddProfessional(helper.professional(), session);
      }
    }
  }
  for (int i = 0; i < row.professionals_size(); ++i) {
    std::string name = FindPerson(roster.helpers(), row.professionals(i),
                                  [](const auto& helper) { return helper.professional(); });
    if (name.empty()) {
      errors.push_back(Error(absl::StatusCode::kInvalidArgument, "NOT_ON_ROSTER",
                             Indexed("professionals", i), "on the therapist system that day"));
    } else {
      AddProfessional(std::move(name), session);
    }
  }
}

}  // namespace

RowErrors FaultsOfRow(const v1::SessionImport& row, std::int64_t now_us) {
  RowErrors errors;
  const std::int64_t start_us = Micros(row.start_time());
  const std::int64_t end_us = Micros(row.end_time());
  if (start_us > now_us) errors.push_back(InvalidRow("start_time", "not in the future"));
  if (end_us <= start_us || end_us - start_us > kLongestSessionUs) {
    errors.push_back(InvalidRow("end_time", "after the start, within 12 hours of it"));
  }
  if (row.format() == v1::SESSION_FORMAT_INDIVIDUAL && row.members_size() != 1) {
    errors.push_back(InvalidRow("members", "one member in an INDIVIDUAL session"));
  }
  std::set<std::string> seen;
  bool attended = false;
  for (int i = 0; i < row.members_size(); ++i) {
    const auto& member = row.members(i);
    const std::string at = Indexed("members", i);
    attended |= WasThere(member.presence());
    if (!seen.insert(KeyOf(member.member())).second) {
      errors.push_back(InvalidRow(at + ".member", "each member at most once"));
    }
    if (WasThere(member.presence()) && member.absence_reason() != v1::ABSENCE_REASON_UNSPECIFIED) {
      errors.push_back(InvalidRow(at + ".absence_reason", "none unless absent"));
    }
    if (member.presence() == v1::PRESENCE_ABSENT &&
        member.participation() != v1::PARTICIPATION_UNSPECIFIED) {
      errors.push_back(InvalidRow(at + ".participation", "none when absent"));
    }
  }
  if (!attended) errors.push_back(InvalidRow("members", "at least one attended"));
  return errors;
}

v1::Session SessionOf(const v1::SessionImport& row, const intake::v1::Roster& roster,
                      RowErrors& errors) {
  v1::Session session;
  session.set_state(v1::SESSION_STATE_HELD);
  session.set_imported(true);
  session.set_format(row.format());
  session.set_mode(row.mode() == v1::SESSION_MODE_UNSPECIFIED ? v1::SESSION_MODE_OFFICE
                                                              : row.mode());
  *session.mutable_scheduled_start_time() = row.start_time();
  *session.mutable_scheduled_end_time() = row.end_time();
  *session.mutable_start_time() = row.start_time();
  *session.mutable_end_time() = row.end_time();
  session.set_service_code(row.service_code());
  *session.add_external_ids() = row.external_id();
  for (int i = 0; i < row.members_size(); ++i) {
    const std::string name = FindPerson(roster.members(), row.members(i).member(),
                                        [](const auto& member) { return member.member(); });
    if (name.empty()) {
      errors.push_back(Error(absl::StatusCode::kInvalidArgument, "NOT_ON_ROSTER",
                             Indexed("members", i) + ".member", "in the client system that day"));
      continue;
    }
    session.add_invited_members(name);
    *session.add_attendance() = AttendanceOf(row.members(i), name);
  }
  AddProfessionals(row, roster, session, errors);
  return session;
}

bool SameStart(const v1::SessionImport& row, const v1::Session& known) {
  return Micros(row.start_time()) == Micros(known.start_time());
}

type::v1::RowError InvalidRow(std::string_view field, std::string_view expected) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST", field, expected);
}

type::v1::RowError FamilyUnknown() {
  return Error(absl::StatusCode::kNotFound, "FAMILY_UNKNOWN", "family",
               "a family of this agency has the external id");
}

type::v1::RowError ImportConflict() {
  return Error(absl::StatusCode::kAlreadyExists, "IMPORT_CONFLICT", "external_id",
               "the known session with this id is of another family or start");
}

}  // namespace rapport::notes
