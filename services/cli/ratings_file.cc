#include "cli/ratings_file.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/text.h"
#include "platform/schema/times.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rapport::cli {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000, kWeekUs = 7 * 24 * kHourUs;

struct Item {
  int number = 0;
  int column = 0;
};

// Columns named `i` and a number.
std::vector<Item> ItemsOf(const Csv& csv) {
  std::vector<Item> items;
  for (std::size_t column = 0; column < csv.header.size(); ++column) {
    const std::string& title = csv.header[column];
    Item item{0, static_cast<int>(column)};
    const char* const end = title.data() + title.size();
    if (title.size() < 2 || title[0] != 'i') continue;
    const auto read = std::from_chars(title.data() + 1, end, item.number);
    if (read.ec == std::errc() && read.ptr == end) items.push_back(item);
  }
  return items;
}

struct Keys {
  int family, member, session;
};

absl::StatusOr<Keys> KeysOf(const Csv& csv) {
  RETURN_IF_ERROR(Whole(csv));
  const Keys keys{csv.Column("family_id"), csv.Column("member_id"), csv.Column("session")};
  if (std::min({keys.family, keys.member, keys.session}) < 0) {
    return absl::InvalidArgumentError(
        "the first line names the columns; family_id, member_id and session are expected");
  }
  return keys;
}

// Empty: the row has a cell for every column and its keys are there.
std::string FaultOf(const Csv& csv, const CsvRow& row, const Keys& keys) {
  if (row.cells.size() != csv.header.size()) {
    return Concat({std::to_string(csv.header.size()), " cells expected, there are ",
                   std::to_string(row.cells.size())});
  }
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (schema::FaultsOf(row.cells[i]).not_utf8) {
      return Concat({csv.header[i], " has bytes that are no UTF-8: save the file as UTF-8"});
    }
  }
  for (const int column : {keys.family, keys.member, keys.session}) {
    if (csv.Cell(row, column).empty()) {
      return Concat({csv.header[static_cast<std::size_t>(column)], " is empty"});
    }
  }
  return {};
}

// A number as whole steps of the scale; nullopt: it is none.
std::optional<int> StepsOf(std::string_view cell, const alliance::v1::Scale& scale) {
  double value = 0;
  const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (read.ec != std::errc() || read.ptr != cell.data() + cell.size()) return std::nullopt;
  const double steps = value * 1000 / scale.step_thousandths();
  if (!(std::abs(steps) < 1e6) || std::abs(steps - std::round(steps)) > 1e-6) return std::nullopt;
  return static_cast<int>(std::lround(steps));
}

std::optional<std::int64_t> MicrosOf(std::string_view text) {
  google::protobuf::Timestamp time;
  if (!google::protobuf::util::TimeUtil::FromString(std::string(text), &time)) return std::nullopt;
  return schema::ToMicros(time);
}

type::v1::ExternalId IdOf(const std::string& system, std::string_view value) {
  type::v1::ExternalId id;
  id.set_system(system);
  id.set_value(std::string(value));
  return id;
}

intake::v1::MemberRole RoleOf(std::string_view text) {
  std::string name = Concat({"MEMBER_ROLE_", text});
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  intake::v1::MemberRole role = intake::v1::MEMBER_ROLE_UNSPECIFIED;
  return intake::v1::MemberRole_Parse(name, &role) ? role : intake::v1::MEMBER_ROLE_UNSPECIFIED;
}

// Families with their members and sessions, in the order the file first names them.
class RosterReader {
 public:
  RosterReader(const Csv& csv, const RosterSettings& settings, const Keys& keys)
      : csv_(csv), settings_(settings), keys_(keys) {}

  RosterRows Read() {
    for (const CsvRow& row : csv_.rows) {
      if (std::string fault = ReadRow(row); !fault.empty()) {
        rows_.faults.push_back({row.line, std::move(fault)});
      }
    }
    for (intake::v1::FamilyImport& family : rows_.families) {
      *family.mutable_open_time() = schema::ToTimestamp(opened_us_[family.external_id().value()]);
    }
    for (notes::v1::SessionImport& session : rows_.sessions) {
      const std::size_t all = members_of_[session.family().value()].size();
      const bool whole = static_cast<std::size_t>(session.members_size()) == all;
      session.set_format(whole                         ? notes::v1::SESSION_FORMAT_WHOLE_FAMILY
                         : session.members_size() == 1 ? notes::v1::SESSION_FORMAT_INDIVIDUAL
                                                       : notes::v1::SESSION_FORMAT_SUBSYSTEM);
    }
    return std::move(rows_);
  }

 private:
  std::string ReadRow(const CsvRow& row) {
    if (std::string fault = FaultOf(csv_, row, keys_); !fault.empty()) return fault;
    const auto start_us = StartOf(row);
    if (!start_us) return "session_time or a session number from 1 is expected";
    const auto role = RoleOf(csv_.Cell(row, csv_.Column("role")));
    if (role == intake::v1::MEMBER_ROLE_UNSPECIFIED) return "role is none of the known ones";
    const std::string family(csv_.Cell(row, keys_.family)), member(csv_.Cell(row, keys_.member));
    const std::string key = SessionKey(family, csv_.Cell(row, keys_.session));
    AddMember(family, member, role);
    const auto opened = opened_us_.try_emplace(family, *start_us).first;
    opened->second = std::min(opened->second, *start_us);
    return AddAttendance(family, member, key, *start_us);
  }

  std::optional<std::int64_t> StartOf(const CsvRow& row) const {
    if (const int column = csv_.Column("session_time"); column >= 0) {
      return MicrosOf(csv_.Cell(row, column));
    }
    const std::string_view text = csv_.Cell(row, keys_.session);
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    if (number < 1 || number > 10'000) return std::nullopt;
    return settings_.first_session_us + (number - 1) * kWeekUs;
  }

  void AddMember(const std::string& family, const std::string& member,
                 intake::v1::MemberRole role) {
    const auto [place, new_family] = families_.try_emplace(family, rows_.families.size());
    if (new_family) {
      intake::v1::FamilyImport& added = rows_.families.emplace_back();
      *added.mutable_external_id() = IdOf(settings_.system, family);
      *added.mutable_therapist() = IdOf(settings_.system, settings_.therapist);
      added.set_display_name(family);
    }
    if (!members_of_[family].insert(member).second) return;
    intake::v1::MemberImport& added = *rows_.families[place->second].add_members();
    *added.mutable_external_id() = IdOf(settings_.system, member);
    added.set_display_name(member);
    added.set_role(role);
    added.set_involvement(intake::v1::INVOLVEMENT_DIRECT);
  }

  std::string AddAttendance(const std::string& family, const std::string& member,
                            const std::string& key, std::int64_t start_us) {
    const auto [place, new_session] = sessions_.try_emplace(key, rows_.sessions.size());
    if (new_session) {
      notes::v1::SessionImport& added = rows_.sessions.emplace_back();
      *added.mutable_external_id() = IdOf(settings_.system, key);
      *added.mutable_family() = IdOf(settings_.system, family);
      *added.mutable_start_time() = schema::ToTimestamp(start_us);
      *added.mutable_end_time() = schema::ToTimestamp(start_us + kHourUs);
    }
    notes::v1::SessionImport& session = rows_.sessions[place->second];
    if (schema::ToMicros(session.start_time()) != start_us) {
      return "session_time differs from an earlier row of the session";
    }
    if (!attended_.insert({key, member}).second)
      return "the member has an earlier row of the session";
    notes::v1::MemberAttendanceImport& attendance = *session.add_members();
    *attendance.mutable_member() = IdOf(settings_.system, member);
    attendance.set_presence(notes::v1::PRESENCE_PRESENT);
    return {};
  }

  const Csv& csv_;
  const RosterSettings& settings_;
  const Keys keys_;
  RosterRows rows_;
  std::map<std::string, std::size_t> families_, sessions_;  // index in rows_
  std::map<std::string, std::set<std::string>> members_of_;
  std::map<std::string, std::int64_t> opened_us_;
  std::set<std::pair<std::string, std::string>> attended_;
};

}  // namespace

absl::Status CheckItems(const Csv& csv, const alliance::v1::Instrument& instrument) {
  std::set<int> columns, items;
  for (const Item& item : ItemsOf(csv)) columns.insert(item.number);
  std::string missing, unknown;
  for (const alliance::v1::Item& item : instrument.items()) {
    items.insert(item.number());
    if (item.asked() == alliance::v1::ASKED_ONCE || columns.contains(item.number())) continue;
    missing += Concat({missing.empty() ? "" : ", ", std::to_string(item.number())});
  }
  for (const int column : columns) {
    if (items.contains(column)) continue;
    unknown += Concat({unknown.empty() ? "" : ", ", std::to_string(column)});
  }
  if (missing.empty() && unknown.empty()) return absl::OkStatus();
  std::string fault;
  if (!missing.empty()) {
    fault = Concat({"no column for item ", missing, " of ", instrument.code(),
                    ": name it with --columns, or add it empty where it was not asked"});
  }
  if (!unknown.empty()) {
    fault += Concat({fault.empty() ? "" : "; ", instrument.code(), " has no item ", unknown});
  }
  return absl::InvalidArgumentError(Absl(fault));
}

absl::StatusOr<RatingRows> ReadRatings(const Csv& csv, const alliance::v1::Scale& scale) {
  ASSIGN_OR_RETURN(const Keys keys, KeysOf(csv));
  const std::vector<Item> items = ItemsOf(csv);
  if (items.empty()) return absl::InvalidArgumentError("columns i01, i02, ... are expected");
  const int professional = csv.Column("professional_id");
  RatingRows read;
  for (const CsvRow& row : csv.rows) {
    std::string fault = FaultOf(csv, row, keys);
    alliance::v1::ImportRow sent;
    for (const Item& item : items) {
      const std::string_view cell = csv.Cell(row, item.column);
      if (cell.empty() || !fault.empty()) continue;
      const auto steps = StepsOf(cell, scale);
      if (!steps) {
        fault = Concat({csv.header[static_cast<std::size_t>(item.column)],
                        " is no number of the instrument's scale"});
        continue;
      }
      alliance::v1::Answer& answer = *sent.add_answers();
      answer.set_item(item.number);
      answer.set_steps(*steps);
    }
    if (!fault.empty()) {
      read.faults.push_back({row.line, std::move(fault)});
      continue;
    }
    sent.set_line(row.line);
    sent.set_family(std::string(csv.Cell(row, keys.family)));
    sent.set_member(std::string(csv.Cell(row, keys.member)));
    sent.set_session(SessionKey(sent.family(), csv.Cell(row, keys.session)));
    sent.set_professional(std::string(csv.Cell(row, professional)));
    read.rows.push_back(std::move(sent));
  }
  return read;
}

absl::StatusOr<RosterRows> ReadRoster(const Csv& csv, const RosterSettings& settings) {
  ASSIGN_OR_RETURN(const Keys keys, KeysOf(csv));
  if (csv.Column("role") < 0) return absl::InvalidArgumentError("a column role is expected");
  if (csv.Column("session_time") < 0 && settings.first_session_us < 0) {
    return absl::InvalidArgumentError(
        "a column session_time is expected, or --first-session for weekly ones");
  }
  return RosterReader(csv, settings, keys).Read();
}

std::string SessionKey(std::string_view family, std::string_view session) {
  return Concat({family, "/", session});
}

std::string SessionOfKey(std::string_view family, std::string_view key) {
  const bool of_family =
      key.size() > family.size() && key.starts_with(family) && key[family.size()] == '/';
  return std::string(of_family ? key.substr(family.size() + 1) : key);
}

}  // namespace rapport::cli
