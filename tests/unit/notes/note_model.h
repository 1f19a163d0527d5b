// A session and the notes on it as the handbook would tell them: a second opinion on what may be
// done by whom, written from the design's words (domain 10.4, api) and sharing nothing with the
// service's rules. For random walks. An empty reason: it may be done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::notes::model {

inline constexpr std::int64_t kHalfADay = 12 * 3'600'000'000LL;

struct Addition {
  std::string author;
  bool awaits = false;
};

struct Note {
  std::string author, state = "DRAFT";
  std::set<std::string> signers;
  std::vector<Addition> addenda, amendments;
  std::optional<std::string> claimant;  // says that it is an error, unanswered

  bool HasSigned(const std::string& who) const { return signers.contains(who); }
};

// Who is who: one supervisor of one trainee, and professionals who may leave.
struct People {
  std::set<std::string> team;
  std::string trainee, supervisor;
  std::map<std::string, std::int64_t> left_us;  // since when they are not on the team
  bool supervises = true;

  // Whether they had left when something began.
  bool HadLeft(const std::string& who, std::int64_t at_us) const {
    const auto left = left_us.find(who);
    return left != left_us.end() && left->second <= at_us;
  }

  bool Supervises(const std::string& who, const std::string& author) const {
    return supervises && who == supervisor && author == trainee;
  }
  // Answers for what the author wrote: they do, their supervisor, and once they have left anybody.
  bool Answers(const std::string& who, const std::string& author) const {
    return who == author || Supervises(who, author);
  }
  bool MayAmend(const std::string& who, const std::string& author) const {
    return who == author || (!team.contains(author) && team.contains(who));
  }
};

struct Session {
  std::string state = "SCHEDULED";
  std::set<std::string> members, professionals;  // invited
  std::map<std::string, bool> was_there;
  std::int64_t start_us = 0;
  std::map<std::string, Note> notes;  // by name

  bool Provides(const std::string& who) const {
    const auto entry = was_there.find(who);
    return professionals.contains(who) && (entry == was_there.end() || entry->second);
  }
  bool SomebodyCame() const {
    return std::ranges::any_of(members, [&](const auto& one) {
      const auto entry = was_there.find(one);
      return entry != was_there.end() && entry->second;
    });
  }
  bool Began() const { return state == "IN_PROGRESS" || state == "HELD"; }
  bool HasNote() const {
    return std::ranges::any_of(
        notes, [](const auto& one) { return one.second.state != "ENTERED_IN_ERROR"; });
  }
  bool IsLocked() const {
    return std::ranges::any_of(notes, [](const auto& one) { return one.second.state == "LOCKED"; });
  }

  std::string WhyNotStart() const { return state == "SCHEDULED" ? "" : "ILLEGAL_TRANSITION"; }
  std::string WhyNotHeld(std::int64_t now) const {
    if (state != "IN_PROGRESS") return "ILLEGAL_TRANSITION";
    return now - start_us > kHalfADay ? "SESSION_TOO_LONG" : "";
  }
  std::string WhyNotMissed() const {
    if (state != "SCHEDULED" && state != "IN_PROGRESS") return "ILLEGAL_TRANSITION";
    if (SomebodyCame()) return "MEMBER_ATTENDED";
    return HasNote() ? "SESSION_HAS_NOTES" : "";
  }
  std::string WhyNotCancel(bool mistaken) const {
    if (state == "SCHEDULED") return "";
    if (state != "IN_PROGRESS") return "ILLEGAL_TRANSITION";
    if (!mistaken) return "INVALID_REQUEST";
    if (SomebodyCame()) return "MEMBER_ATTENDED";
    return HasNote() ? "SESSION_HAS_NOTES" : "";
  }
  // Whoever is said to have come must have been on the team for a moment of it.
  std::string WhyNotThere(const std::string& who, bool there, const People& people) const {
    return there && people.HadLeft(who, start_us) ? "NOT_ON_ROSTER" : "";
  }
  std::string WhyNotAttend(const std::string& who, bool there, const People& people) const {
    if (!Began()) return "SESSION_NOT_STARTED";
    return IsLocked() ? "NOTE_LOCKED" : WhyNotThere(who, there, people);
  }
  std::string WhyNotCorrect(const std::string& by, const std::string& who, bool there,
                            const People& people) const {
    if (state != "HELD") return "SESSION_NOT_HELD";
    const bool theirs = std::ranges::any_of(notes, [&](const auto& one) {
      return one.second.state == "LOCKED" && people.MayAmend(by, one.second.author);
    });
    if (IsLocked() && !theirs) return "NOT_THE_AUTHOR";
    const auto known = was_there.find(who);
    const bool same = known != was_there.end() && known->second == there;
    const std::string why = WhyNotThere(who, there, people);
    return why.empty() && same ? "NOTHING_CORRECTED" : why;
  }
  std::string WhyNotWrite(const std::string& who) const {
    const bool has = std::ranges::any_of(notes, [&](const auto& one) {
      return one.second.author == who && one.second.state != "ENTERED_IN_ERROR";
    });
    if (has) return "ALREADY_EXISTS";
    return Began() ? "" : "SESSION_NOT_STARTED";
  }
};

// A draft is for its author and their supervisor.
inline bool Sees(const Note& note, const std::string& who, const People& people) {
  return note.state != "DRAFT" || people.Answers(who, note.author);
}

// What somebody sees of additions: one that awaits its co-signature is for who wrote it and their
// supervisor.
inline int SeenOf(const std::vector<Addition>& additions, const std::string& who,
                  const People& people) {
  return static_cast<int>(std::ranges::count_if(additions, [&](const Addition& one) {
    return !one.awaits || people.Answers(who, one.author);
  }));
}

// Where signing leads, or why it can't be; `unmet`: what the first signature waits for.
struct Signing {
  std::string reason, to;
  std::multiset<std::string> unmet = {};
};
inline Signing Sign(const Note& note, const Session& session, const std::string& who,
                    const People& people, bool only, bool witness) {
  if (!Sees(note, who, people)) return {"NOT_FOUND", ""};
  const std::string& at = note.state;
  if (at == "LOCKED") return {"NOTE_LOCKED", ""};
  if (at == "ENTERED_IN_ERROR") return {"NOTE_ENTERED_IN_ERROR", ""};
  if (at == "DRAFT") {
    if (witness) return {"NOTE_IS_DRAFT", ""};
    if (who != note.author) return {"NOT_THE_AUTHOR", ""};
    if (!session.Provides(who)) return {"NOT_A_PROVIDER", ""};
    Signing waits;
    if (session.state != "HELD") waits.unmet.insert("SESSION_NOT_HELD");
    for (const std::string& member : session.members) {
      if (!session.was_there.contains(member)) waits.unmet.insert("ATTENDANCE_MISSING");
    }
    const std::set<std::string> kinds(waits.unmet.begin(), waits.unmet.end());
    if (kinds.size() > 1) waits.reason = "NOTE_NOT_READY";
    if (kinds.size() == 1) waits.reason = *kinds.begin();
    if (kinds.empty()) {
      waits.to = who == people.trainee ? "AWAITING_COSIGN" : only ? "SIGNED" : "LOCKED";
    }
    return waits;
  }
  if (at == "SIGNED" && !witness && who == note.author && !only) return {"", "LOCKED"};
  if (note.HasSigned(who)) return {"ALREADY_SIGNED", ""};
  if (at == "AWAITING_COSIGN" && !witness) return {"NOTE_AWAITS_COSIGN", ""};
  if (!session.Provides(who)) return {"NOT_A_PROVIDER", ""};
  if (witness) return {"", at};
  return {"", only || who == people.trainee ? "SIGNED" : "LOCKED"};
}

// What a supervisor's signature is for: the note, additions of theirs to it, or both.
inline std::string WhyNotCosign(const Note& note, const std::string& who, const People& people) {
  if (!Sees(note, who, people)) return "NOT_FOUND";
  bool theirs = people.Supervises(who, note.author), awaits = false;
  if (theirs && note.state == "AWAITING_COSIGN") awaits = true;
  for (const auto* list : {&note.addenda, &note.amendments}) {
    for (const Addition& one : *list) {
      if (!people.Supervises(who, one.author)) continue;
      theirs = true;
      awaits = awaits || (one.awaits && note.state != "ENTERED_IN_ERROR");
    }
  }
  return !theirs ? "NOT_THE_SUPERVISOR" : awaits ? "" : "NOT_AWAITING_COSIGN";
}

inline std::string WhyNotAdd(const Note& note, const std::string& who, const People& people) {
  if (!Sees(note, who, people)) return "NOT_FOUND";
  if (note.state == "DRAFT") return "NOTE_IS_DRAFT";
  return note.state == "ENTERED_IN_ERROR" ? "NOTE_ENTERED_IN_ERROR" : "";
}

inline std::string WhyNotAmend(const Note& note, const std::string& who, const People& people) {
  if (!Sees(note, who, people)) return "NOT_FOUND";
  if (!people.MayAmend(who, note.author)) return "NOT_THE_AUTHOR";
  return note.state == "LOCKED" ? "" : "NOTE_NOT_LOCKED";
}

// A claim needs a reason, and a second person, one of the two who answers for the note; a trainee
// confirms nothing.
inline std::string WhyNotError(const Note& note, const std::string& who, const People& people,
                               bool reason, bool decline) {
  if (!Sees(note, who, people)) return "NOT_FOUND";
  if (note.state == "DRAFT") return "NOTE_IS_DRAFT";
  if (note.state == "ENTERED_IN_ERROR") return "NOTE_ENTERED_IN_ERROR";
  if (!note.claimant) {
    return decline ? "NO_ERROR_CLAIM" : reason ? "" : "INVALID_REQUEST";
  }
  const bool own = *note.claimant == who;
  if (own && !decline) return "SECOND_PERSON_REQUIRED";
  const bool answers = people.Answers(who, note.author) || !people.team.contains(note.author);
  const bool by_claimant = !decline && people.Answers(*note.claimant, note.author);
  if (!own && (who == people.trainee || !(answers || by_claimant))) return "NOT_THE_AUTHOR";
  return !decline || reason ? "" : "INVALID_REQUEST";
}

}  // namespace rapport::notes::model
