#include "platform/crypto/agencies.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/files.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

namespace rapport::crypto {
namespace {

constexpr std::size_t kMostBytes = 1u << 20;
constexpr std::size_t kMostOnDuty = 20;
constexpr int kMostMinutes = 15, kMostMinutesLocal = 60;

// Where in the file something is, for messages.
class Place {
 public:
  explicit Place(std::string path) : path_(std::move(path)) {}
  absl::Status Error(const YAML::Mark& mark, std::string_view what) const {
    return absl::InvalidArgumentError(
        Concat({path_, ":", std::to_string(mark.line + 1), ": ", what}));
  }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

std::optional<int> Number(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Setters give what was expected instead of `text`, or an empty string when all is well.
std::string SetLine(std::string& field, const std::string& text, std::size_t most = 200) {
  const bool printable =
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (text.empty() || text.size() > most || !printable) {
    return Concat({"one line of 1 to ", std::to_string(most), " bytes"});
  }
  field = text;
  return {};
}

std::string SetNumber(int& field, const std::string& text, int least, int most) {
  const std::optional<int> number = Number(text);
  if (!number.has_value() || *number < least || *number > most) {
    return Concat({"a whole number from ", std::to_string(least), " to ", std::to_string(most)});
  }
  field = *number;
  return {};
}

std::string SetSeconds(std::chrono::seconds& field, const std::string& text, int least, int most) {
  int number = 0;
  std::string expected = SetNumber(number, text, least, most);
  if (expected.empty()) field = std::chrono::seconds(number);
  return expected;
}

std::string SetBool(bool& field, const std::string& text) {
  if (text != "true" && text != "false") return "true or false";
  field = text == "true";
  return {};
}

std::string SetId(Agency& agency, const std::string& text) {
  if (!IsSlug(text)) return "a-z 0-9 - _ . starting with a letter, at most 63";
  agency.id = text;
  return {};
}

std::string SetZone(Agency& agency, const std::string& text) {
  if (!absl::LoadTimeZone(text, &agency.zone)) return "an IANA time zone, like Europe/Berlin";
  agency.time_zone = text;
  return {};
}

std::string SetState(Agency& agency, const std::string& text) {
  if (text != "active" && text != "closed") return "active or closed";
  agency.state = text == "active" ? Agency::State::kActive : Agency::State::kClosed;
  return {};
}

// Subjects with commas between them; spaces around one don't count.
std::string SetOnDuty(Agency& agency, const std::string& text) {
  constexpr const char* kExpected = "1 to 20 subjects of tokens, each once, with commas between";
  agency.on_duty.clear();
  std::string_view rest = text;
  for (bool last = false; !last;) {
    const std::size_t comma = rest.find(',');
    last = comma == std::string_view::npos;
    std::string_view one = rest.substr(0, comma);
    if (!last) rest.remove_prefix(comma + 1);
    one.remove_prefix(std::min(one.size(), one.find_first_not_of(' ')));
    one = one.substr(0, one.find_last_not_of(' ') + 1);
    std::string subject;
    const auto& known = agency.on_duty;
    if (!SetLine(subject, std::string(one)).empty() || known.size() == kMostOnDuty ||
        std::find(known.begin(), known.end(), subject) != known.end()) {
      return kExpected;
    }
    agency.on_duty.push_back(std::move(subject));
  }
  return {};
}

struct Field {
  const char* name;
  bool required;
  std::string (*set)(Agency& agency, const std::string& text);
};

constexpr Field kFields[] = {
    {"id", true, SetId},
    {"display_name", true,
     [](Agency& a, const std::string& text) { return SetLine(a.display_name, text); }},
    {"issuer", true, [](Agency& a, const std::string& text) { return SetLine(a.issuer, text); }},
    {"jwks", true, [](Agency& a, const std::string& text) { return SetLine(a.jwks, text, 4'096); }},
    {"time_zone", true, SetZone},
    {"audience", false,
     [](Agency& a, const std::string& text) { return SetLine(a.audience, text); }},
    {"retention_years", false,
     [](Agency& a, const std::string& text) { return SetNumber(a.retention_years, text, 1, 100); }},
    {"jurisdiction", false,
     [](Agency& a, const std::string& text) { return SetLine(a.jurisdiction, text); }},
    {"assent_years", false,
     [](Agency& a, const std::string& text) { return SetNumber(a.assent_years, text, 0, 18); }},
    {"safety_screen_days", false,
     [](Agency& a, const std::string& text) {
       return SetNumber(a.safety_screen_days, text, 1, 730);
     }},
    {"on_duty", false, SetOnDuty},
    {"emergency_contacts", false,
     [](Agency& a, const std::string& text) { return SetLine(a.emergency_contacts, text, 500); }},
    {"escalate_minutes", false,
     [](Agency& a, const std::string& text) {
       return SetNumber(a.escalate_minutes, text, 1, 1'440);
     }},
    {"state", false, SetState},
    {"token_lifetime_seconds", false,
     [](Agency& a, const std::string& text) {
       return SetSeconds(a.token_lifetime, text, 60, kMostMinutesLocal * 60);
     }},
    {"stale_facts_seconds", false,
     [](Agency& a, const std::string& text) { return SetSeconds(a.stale_facts, text, 0, 60); }},
    {"local_issuer", false,
     [](Agency& a, const std::string& text) { return SetBool(a.local_issuer, text); }},
    {"require_mfa", false,
     [](Agency& a, const std::string& text) { return SetBool(a.require_mfa, text); }},
};

absl::StatusOr<Agency> ReadAgency(const YAML::Node& node, const Place& place) {
  if (!node.IsMap()) return place.Error(node.Mark(), "expected an agency: a map of settings");
  Agency agency;
  std::set<std::string> given;
  for (const auto& entry : node) {
    const YAML::Mark mark = entry.first.Mark();
    if (!entry.first.IsScalar()) return place.Error(mark, "expected the name of a setting");
    const std::string& name = entry.first.Scalar();
    const auto* field =
        std::find_if(std::begin(kFields), std::end(kFields),
                     [&](const Field& candidate) { return name == candidate.name; });
    if (field == std::end(kFields)) {
      return place.Error(mark, Concat({"no agency has a setting named ", name}));
    }
    if (!given.insert(name).second) return place.Error(mark, Concat({name, " is given twice"}));
    const std::string expected =
        entry.second.IsScalar() ? field->set(agency, entry.second.Scalar()) : "one value";
    if (!expected.empty()) {
      return place.Error(mark, Concat({name, ": expected ", expected}));
    }
  }
  for (const Field& field : kFields) {
    if (field.required && !given.contains(field.name)) {
      return place.Error(node.Mark(), Concat({"the agency has no ", field.name}));
    }
  }
  if (!agency.local_issuer && agency.token_lifetime > std::chrono::minutes(kMostMinutes)) {
    return place.Error(node.Mark(),
                       "token_lifetime_seconds: above 900 only with local_issuer: true");
  }
  // Relative paths are relative to the file, wherever a service is started.
  agency.jwks = (std::filesystem::path(place.path()).parent_path() / agency.jwks).string();
  return agency;
}

absl::StatusOr<YAML::Node> ListOf(const std::string& text, const Place& place) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() == 1 && documents[0].IsMap() && documents[0].size() == 1 &&
        documents[0]["agencies"].IsSequence()) {
      return documents[0]["agencies"];
    }
    return place.Error(documents.empty() ? YAML::Mark() : documents[0].Mark(),
                       "expected one list named agencies, and nothing else");
  } catch (const YAML::Exception& error) {
    return place.Error(error.mark, error.msg);
  }
}

}  // namespace

absl::StatusOr<Agencies> Agencies::Load(const std::string& path) {
  ASSIGN_OR_RETURN(const FileText file, ReadFile(path, kMostBytes));
  return Parse(file.text, path);
}

absl::StatusOr<Agencies> Agencies::Parse(const std::string& text, const std::string& path) {
  const Place place(path);
  ASSIGN_OR_RETURN(const YAML::Node list, ListOf(text, place));
  Agencies agencies;
  for (const YAML::Node& node : list) {
    ASSIGN_OR_RETURN(Agency agency, ReadAgency(node, place));
    if (!agencies.by_id_.try_emplace(agency.id, agencies.agencies_.size()).second) {
      return place.Error(node.Mark(), Concat({"agency ", agency.id, " is given twice"}));
    }
    agencies.agencies_.push_back(std::move(agency));
  }
  return agencies;
}

const Agency* Agencies::Find(std::string_view id) const {
  const auto found = by_id_.find(Absl(id));
  return found == by_id_.end() ? nullptr : &agencies_[found->second];
}

bool IsSlug(std::string_view text) {
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  return fits && !text.empty() && text.size() <= 63 && text[0] >= 'a';
}

std::string AgencyEntry(const Agency& agency) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "id" << YAML::Value << agency.id;
  out << YAML::Key << "display_name" << YAML::Value << YAML::DoubleQuoted << agency.display_name;
  out << YAML::Key << "issuer" << YAML::Value << YAML::DoubleQuoted << agency.issuer;
  out << YAML::Key << "audience" << YAML::Value << YAML::DoubleQuoted << agency.audience;
  out << YAML::Key << "jwks" << YAML::Value << YAML::DoubleQuoted << agency.jwks;
  out << YAML::Key << "time_zone" << YAML::Value << agency.time_zone;
  out << YAML::Key << "retention_years" << YAML::Value << agency.retention_years;
  if (!agency.jurisdiction.empty()) {
    out << YAML::Key << "jurisdiction" << YAML::Value << YAML::DoubleQuoted << agency.jurisdiction;
  }
  out << YAML::Key << "assent_years" << YAML::Value << agency.assent_years;
  out << YAML::Key << "safety_screen_days" << YAML::Value << agency.safety_screen_days;
  if (!agency.on_duty.empty()) {
    std::string subjects;
    for (const std::string& one : agency.on_duty) {
      subjects += Concat({subjects.empty() ? "" : ", ", one});
    }
    out << YAML::Key << "on_duty" << YAML::Value << YAML::DoubleQuoted << subjects;
  }
  if (!agency.emergency_contacts.empty()) {
    out << YAML::Key << "emergency_contacts" << YAML::Value << YAML::DoubleQuoted
        << agency.emergency_contacts;
  }
  out << YAML::Key << "escalate_minutes" << YAML::Value << agency.escalate_minutes;
  out << YAML::Key << "state" << YAML::Value
      << (agency.state == Agency::State::kActive ? "active" : "closed");
  out << YAML::Key << "token_lifetime_seconds" << YAML::Value << agency.token_lifetime.count();
  out << YAML::Key << "stale_facts_seconds" << YAML::Value << agency.stale_facts.count();
  out << YAML::Key << "local_issuer" << YAML::Value << agency.local_issuer;
  out << YAML::Key << "require_mfa" << YAML::Value << agency.require_mfa;
  out << YAML::EndMap;
  // As one entry of the list: "  - " before the first line, four spaces before the others.
  std::string entry;
  std::string_view lines(out.c_str(), out.size());
  for (std::string_view indent = "  - "; !lines.empty(); indent = "    ") {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    entry += Concat({indent, line, "\n"});
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  }
  return entry;
}

}  // namespace rapport::crypto
