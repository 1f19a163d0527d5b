// Plain values of the rules: people as names, who acts and who looks, what is on file, what is
// wrong (goals_errors turns that into refusals). No logic but look-ups.
#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <rapport/goals/v1/goal.pb.h>
#include <rapport/internal/v1/goals_records.pb.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::goals {

// A wrong field of a request.
struct Fault {
  std::string field;     // path within the resource: `owners[1]`
  std::string expected;  // never the value
  friend bool operator==(const Fault&, const Fault&) = default;
};
using Faults = std::vector<Fault>;

// A condition that is not met, in the terms of google.rpc.PreconditionFailure.
struct Unmet {
  std::string type;
  std::string subject;      // resource name, or empty where it must not be told
  std::string description;  // what would meet it
  friend bool operator==(const Unmet&, const Unmet&) = default;
};

template <typename List, typename Value>
bool Contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// What intake says of the case, as names, at one moment.
struct CaseView {
  std::string family;
  std::int64_t now_us = 0;
  bool open = false;
  std::vector<std::string> members;  // in the client system now, in the order they joined
  std::vector<std::string> minors;   // those of them who are known to be under 18
  std::vector<std::string> helpers;  // on the therapist system now
  // Arranged separately by the clinician, since when.
  struct Separation {
    std::string first, second;
    std::int64_t since_us = 0;
  };
  std::vector<Separation> separated;
  // Arranged separately once and no longer: until when.
  struct Reunion {
    std::string first, second;
    std::int64_t until_us = 0;
  };
  std::vector<Reunion> reunited;

  bool Apart(std::string_view one, std::string_view other) const {
    return ApartSince(one, other).has_value();
  }
  std::optional<std::int64_t> ApartSince(std::string_view one, std::string_view other) const {
    for (const Separation& pair : separated) {
      if ((pair.first == one && pair.second == other) ||
          (pair.first == other && pair.second == one)) {
        return pair.since_us;
      }
    }
    return std::nullopt;
  }
};

// Who does something: a member or a professional, who may call on behalf of a member.
struct Actor {
  std::string person;            // whose step it is, a name
  std::string caller;            // who called, a name
  bool is_professional = false;  // `person` is one
  bool called_by_professional = false;
  // A professional writes down what a member says.
  bool RecordedFor() const { return called_by_professional && !is_professional; }
};

// Who looks.
struct Onlooker {
  enum class Kind : std::uint8_t { kProfessional, kMember, kService };
  Kind kind = Kind::kProfessional;
  std::vector<std::string> selves;  // the members a kMember is
  bool IsMember() const { return kind == Kind::kMember; }
  bool Is(std::string_view person) const { return Contains(selves, person); }
};

// A session that was held. Domain time, microseconds.
struct HeldSession {
  std::string name;
  std::int64_t started_us = 0;
  std::int64_t ended_us = 0;
  std::vector<std::string> invited = {};  // members; empty: not known
};

// What is on file of a family, for rules that need more than one resource.
struct Work {
  std::vector<const v1::Goal*> goals;
  std::vector<const v1::Stance*> stances;
  std::vector<const internal::v1::StoredHomework*> homework;

  // Null: none of that name.
  const v1::Goal* Goal(std::string_view name) const {
    const auto found = std::find_if(goals.begin(), goals.end(),
                                    [&](const v1::Goal* one) { return one->name() == name; });
    return found == goals.end() ? nullptr : *found;
  }
  const v1::Stance* Stance(std::string_view goal, std::string_view holder) const {
    const auto found = std::find_if(stances.begin(), stances.end(), [&](const v1::Stance* one) {
      return one->goal() == goal && one->holder() == holder;
    });
    return found == stances.end() ? nullptr : *found;
  }
  const v1::Homework* Homework(std::string_view name) const {
    const auto found = std::find_if(homework.begin(), homework.end(), [&](const auto* one) {
      return one->homework().name() == name;
    });
    return found == homework.end() ? nullptr : &(*found)->homework();
  }
};

// `all` by `key_of`, smallest first; equal ones stay as they were.
template <typename T, typename KeyOf>
std::vector<T> InOrderOf(std::vector<T> all, KeyOf key_of) {
  std::vector<std::pair<std::int64_t, std::size_t>> places;
  for (std::size_t i = 0; i < all.size(); ++i) places.emplace_back(key_of(all[i]), i);
  std::sort(places.begin(), places.end());
  std::vector<T> ordered;
  for (const auto& [key, i] : places) ordered.push_back(std::move(all[i]));
  return ordered;
}

// Microseconds since 1970 UTC, there and back.
inline std::int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1'000;
}
inline google::protobuf::Timestamp Timestamp(std::int64_t at_us) {
  google::protobuf::Timestamp time;
  time.set_seconds(at_us / 1'000'000);
  time.set_nanos(static_cast<std::int32_t>(at_us % 1'000'000) * 1'000);
  return time;
}

}  // namespace rapport::goals
