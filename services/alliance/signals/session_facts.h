// What one session told of one family: the only input of the family monitor.
//
// Made by the alliance service from ratings, notes and goals, and by simulations. Plain values.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance {

// One defined score of one rating.
struct Observation {
  std::string rater;   // a member
  std::string target;  // a helper; the family's own id for scores among members
  v1::Content content = v1::CONTENT_UNSPECIFIED;
  v1::Interpersonal interpersonal = v1::INTERPERSONAL_SELF;
  double value = 0;
  double lowest = 0;  // ends of the score's range; the value lies between
  double highest = 0;
  double step = 0;                       // between two possible values; 0: fine enough to ignore
  std::optional<double> sd;              // between raters
  std::optional<double> standard_error;  // of measurement, one sitting
  bool single_item = false;              // without a standard error, reliability .60 is assumed
  std::string instrument;                // values compare as they are only within one
  bool lower_better = false;
  std::optional<double> cutoff;  // the worst value that is still good, where one is published
  bool provisional = false;      // rests on figures nobody checked
};

enum class Presence : std::uint8_t {
  kPresent,  // for all or part of it, in the room or remotely
  kAbsent,   // invited, without a plan
  kLeftOut,  // expected, but not invited, without a plan
  kByPlan,   // another part of the work was meant for them; counts as attended
};

// How the note says the member took part.
enum class Participation : std::uint8_t { kNotNoted, kQuiet, kActive, kLed, kWithdrew };

// One member of the client system.
struct MemberPresence {
  std::string member;
  bool expected = true;  // in the family's direct treatment
  Presence presence = Presence::kPresent;
  Participation participation = Participation::kNotNoted;
  bool note_signed = false;  // so that kNotNoted says something
  // Kept apart from somebody at the time, by a plan: that explains absence, silence in notes of
  // what others did together and distance to the others, and nothing that they say themselves or
  // leave unsaid.
  bool separate_by_plan = false;
  bool no_form_for_age = false;
  bool removed_without_reason = false;
  bool asked_but_did_not_rate = false;
  bool form_waits = false;  // asked, and can still answer
};

// What a member works on at the time of the session. Absent member: not known.
struct Work {
  std::string member;
  bool homework_agreed = false;  // as a doer, in the last three sessions
};

// "Something went wrong between us", ticked by a member or marked by a helper.
struct Concern {
  std::string member;
  std::string target;
};

struct SessionFacts {
  int number = 0;  // among the sessions held with the family, from 1; grows
  std::int64_t time_us = 0;
  bool whole_family = true;
  bool complete = true;  // no rating of it is still due; answers may come days apart
  std::vector<Observation> observations;
  std::vector<MemberPresence> members;
  std::vector<Work> work;
  std::vector<Concern> reported;
};

}  // namespace rapport::alliance
