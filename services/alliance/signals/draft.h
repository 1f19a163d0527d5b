// Drafts: what each watch thinks by itself, before the hypotheses about a member compete and it is
// decided what is said.
//
// Made by the watches, decided by the family monitor, all within one Advance(). Pure.
#pragma once

#include "alliance/signals/family_monitor.h"

#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

struct Draft {
  Assessment assessment;        // with the watch's own posterior
  OpenEvent* event = nullptr;   // null: already decided
  std::optional<double> value;  // of this session, SD; absent: none
  bool attended = true;         // the rater did
  double reference = 0;         // level before, SD; where there is no past
  Past* past = nullptr;         // before this session; Decide adds it
  int onset = 0;                // session that an event began with, if there is one
  bool beyond_cutoff = false;
  bool told = false;              // rupture: somebody said that something went wrong
  MemberState* member = nullptr;  // isolation: raised by a hard trigger or the posterior
};

// Keeps since when it is open, and says so in the assessment, whose `open` is of this session.
void Track(int session, Opening& opening, Assessment& assessment);

// One fall has one cause: a member's ruptures, split and isolation compete by their odds against
// nothing going on. Each watch's odds hold its prior and what its own data say. Splits between
// helpers are another view of ruptures and take no part.
void Compete(std::span<Draft> drafts);

// Opens, keeps or ends the event after the posterior. Fills evidence, raised, open, repair.
// `complete`: all ratings of the session that are expected have come.
void Decide(const DecisionParameters& decision, int session, bool complete, Draft& draft);

}  // namespace rapport::alliance
