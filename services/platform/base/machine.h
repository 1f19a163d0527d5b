// State machines as tables: what may happen to a thing in each of its states, where that leads, and
// how it is refused where it leads nowhere. The table that decides is the one that is printed
// (rapport-admin machines) and tested.
//
// A table has at most one row for a state and an event: where two things may follow, they are two
// events. Constants only, thread-safe.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rapport {

// Why an event is refused: a stable reason, and what would meet it.
struct StateRefusal {
  std::string_view reason, what_would_meet_it;
};

template <typename S, typename E>
class Machine {
 public:
  using State = S;
  using Event = E;
  struct Row {
    State from;
    Event event;
    State to;               // `from`, where it is refused
    std::string_view when;  // what it means; where it is refused, what would meet it
    std::string_view refusal = {};
  };

  // How the kinds are called in pictures; the state of what does not exist yet has no name.
  using StateName = std::string (*)(State);
  using EventName = std::string_view (*)(Event);

  constexpr Machine(std::string_view name, std::span<const Row> rows, StateName state_name,
                    EventName event_name)
      : name_(name), rows_(rows), state_name_(state_name), event_name_(event_name) {}

  constexpr std::span<const Row> Rows() const { return rows_; }
  std::string NameOf(State state) const { return state_name_(state); }

  // Null: what can't happen in that state.
  constexpr const Row* Find(State from, Event event) const {
    const auto row = std::ranges::find_if(
        rows_, [&](const Row& one) { return one.from == from && one.event == event; });
    return row == rows_.end() ? nullptr : &*row;
  }
  constexpr bool Takes(State from, Event event) const { return Taken(from, event) != nullptr; }
  // Nullopt: the event may happen.
  std::optional<StateRefusal> RefusalOf(State from, Event event) const {
    const Row* row = Find(from, event);
    if (row == nullptr) return StateRefusal{"ILLEGAL_TRANSITION", "another state"};
    if (row->refusal.empty()) return std::nullopt;
    return StateRefusal{row->refusal, row->when};
  }
  // The state after it: `from` where nothing comes of it.
  constexpr State After(State from, Event event) const {
    const Row* row = Taken(from, event);
    return row == nullptr ? from : row->to;
  }

  // As a Graphviz digraph, one edge a row; what is refused is dashed.
  std::string Dot() const {
    std::string dot = "digraph " + std::string(name_) + " {\n  rankdir=LR;\n";
    if (std::ranges::any_of(rows_, [&](const Row& row) { return NameOf(row.from).empty(); })) {
      dot += "  none [shape=point];\n";
    }
    for (const Row& row : rows_) {
      const bool refused = !row.refusal.empty();
      dot += "  " + Node(row.from) + " -> " + Node(row.to) + " [label=\"" +
             std::string(event_name_(row.event)) + ": " +
             std::string(refused ? row.refusal : row.when) + "\"" +
             (refused ? ", style=dashed" : "") + "];\n";
    }
    return dot + "}\n";
  }

 private:
  // Null: nothing comes of it.
  constexpr const Row* Taken(State from, Event event) const {
    const Row* row = Find(from, event);
    return row != nullptr && row->refusal.empty() ? row : nullptr;
  }

  std::string Node(State state) const {
    std::string name = NameOf(state);
    return name.empty() ? "none" : name;
  }

  std::string_view name_;
  std::span<const Row> rows_;
  StateName state_name_;
  EventName event_name_;
};

// A table of moves {from, to, meaning} alone, as a Graphviz digraph.
template <typename Moves, typename NameOf>
std::string MovesDot(std::string_view name, const Moves& moves, NameOf name_of) {
  std::string dot = "digraph " + std::string(name) + " {\n  rankdir=LR;\n";
  for (const auto& move : moves) {
    dot += "  " + std::string(name_of(move.from)) + " -> " + std::string(name_of(move.to)) +
           " [label=\"" + std::string(move.meaning) + "\"];\n";
  }
  return dot + "}\n";
}

// VALUE of the enum's PREFIX_VALUE; empty for its zero.
template <typename Enum>
std::string EnumStateName(Enum state, std::string_view prefix, std::string_view full_name) {
  return state == Enum{} ? std::string() : std::string(full_name.substr(prefix.size()));
}

}  // namespace rapport
