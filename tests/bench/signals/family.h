// Family: one simulated course of a family's sessions, with what nobody is told of it.
//
// Made by Simulate(); read by every detector. `seen` is what a rater marked on the form and all
// that a detector may know; `raw` is the same before the form's ends and steps cut it off. Plain
// values.
#pragma once

#include "bench/signals/parameters.h"
#include "bench/signals/random.h"

#include <optional>
#include <vector>

namespace rapport::bench {

struct Event {
  Kind kind = Kind::kRuptureSudden;
  int member = 0;
  int helper = -1;  // ruptures only
  int focus = 3;    // task, goal, bond, all
  double size = 0;  // SD
  int onset = 0;    // index of the first session with an effect
  const Shape* shape = nullptr;
};

// What a member's part of one session left behind.
struct MemberSession {
  bool attended = false;
  bool rated = false;
  bool homework = false;  // some is agreed with this member
  bool noted = false;     // the note says how the member took part; never without attending
  double day_factor = 1;  // of the variance of the rater's day
  // By helper, then construct. Raw: SD from the form's mean. Seen: on the scale.
  std::vector<double> raw, seen;
  double room_raw = 0, room_seen = 0;
};

struct Member {
  const Form* form = nullptr;
  bool ceiling = false;  // always marks the highest
};

struct Family {
  int helpers = 0;
  std::vector<Member> members;
  std::vector<std::vector<MemberSession>> sessions;  // by session, then member
  std::optional<Event> event;

  int Sessions() const { return static_cast<int>(sessions.size()); }
  int Members() const { return static_cast<int>(members.size()); }
};

// The fall, in SD at full effect 1, of what `member` rates `helper` in `construct`. Below 0: a
// rise.
double Loading(const Event& event, double split_rise, int member, int helper, Construct construct);
// The same of "there was room for me".
double RoomLoading(const Event& event, int member);

// Hazard of an event of `kind` for one of its subjects in a session of a family of this size.
double Hazard(const Parameters& parameters, Kind kind, int members);
// .. and of any event, for any subject.
double TotalHazard(const Parameters& parameters, int members, int helpers);

// The same random numbers give the same family. `parameters` must outlive it.
Family Simulate(const Parameters& parameters, Random& random);

}  // namespace rapport::bench
