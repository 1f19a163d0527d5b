#include "alliance/alliance_map.h"

#include "alliance/alliance_side.h"
#include "alliance/family_history.h"
#include "alliance/pathway_view.h"
#include "alliance/signal_rules.h"
#include "alliance/signals/family_estimates.h"
#include "alliance/signals/life_cycle.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

// Those there at the time of the map, direct ones first, each in the order they joined.
template <typename Person, typename IdOf>
std::vector<const Person*> Present(const std::vector<Person>& all, std::int64_t at_us, IdOf id_of) {
  std::vector<const Person*> present;
  for (const bool direct : {true, false}) {
    for (const Person& one : all) {
      if (one.direct != direct || !one.period.Contains(at_us)) continue;
      const auto same = [&](const Person* other) { return id_of(*other) == id_of(one); };
      if (std::ranges::none_of(present, same)) present.push_back(&one);
    }
  }
  return present;
}

v1::CellState StateOfCell(const AccessFacts::Member& member, const AccessFacts::Helper& helper,
                          bool rated) {
  if (rated) return v1::CELL_STATE_RATED;
  return member.direct && helper.direct ? v1::CELL_STATE_NO_ALLIANCE_ON_RECORD
                                        : v1::CELL_STATE_NOT_EXPECTED;
}

void AddSignals(const FileView& view, v1::AllianceMap& map) {
  std::vector<const StoredSignal*> open;
  for (const StoredSignal& stored : view.file.signals) {
    if (IsOpen(stored.message.signal().state())) open.push_back(&stored);
  }
  std::ranges::sort(open, std::ranges::greater(), [](const StoredSignal* one) {
    return std::tuple(one->message.signal().level(), one->record.sort_us, one->record.id);
  });
  for (const StoredSignal* stored : open) {
    const v1::Signal& signal = stored->message.signal();
    map.add_open_signals(signal.name());
    for (v1::MapRow& row : *map.mutable_rows()) {
      if (row.member() == signal.member()) row.add_open_signals(signal.name());
    }
  }
}

// Whether `only` (members; null: everyone sees) were asked to the session.
bool Counts(const StoredSession& session, const std::vector<std::string>* only) {
  if (only == nullptr) return true;
  return std::ranges::any_of(*only, [&](const std::string& member) {
    return AttendeeOf(session.message.held(), member) != nullptr;
  });
}

// For professionals: where both sides stand after everything, and the way there.
void AddDepth(const FileView& view, const FamilyEstimates& estimates, const std::string& member,
              v1::MapCell& cell) {
  const auto pathway = [&](const std::string& rater, const std::string& target,
                           v1::AllianceView& side) {
    if (auto found = PathwayOf(view, RatingsOf(view, rater, target), target)) {
      *side.mutable_pathway() = *std::move(found);
    }
  };
  if (cell.has_member_view()) {
    AddEstimates(view, estimates, member, cell.helper(), *cell.mutable_member_view());
    pathway(member, cell.helper(), *cell.mutable_member_view());
  }
  if (cell.has_helper_view()) pathway(cell.helper(), member, *cell.mutable_helper_view());
}

v1::AllianceMap Build(const FileView& view, const std::vector<std::string>* only) {
  FamilyEstimates estimates(view.file.parameters.level);
  if (only == nullptr) {
    for (const SessionFacts& session : HistoryOf(view)) estimates.Advance(session);
  }
  v1::AllianceMap map;
  if (only == nullptr) map.set_figures_version(view.file.parameters.version);
  map.set_family(view.names.Family(view.file.id));
  *map.mutable_as_of_time() = schema::ToTimestamp(view.now_us);
  std::vector<int> numbers;
  for (std::size_t i = 0; i < view.file.sessions.size(); ++i) {
    if (Counts(view.file.sessions[i], only)) numbers.push_back(static_cast<int>(i) + 1);
  }
  map.set_sessions_held(static_cast<int>(numbers.size()));
  const auto helpers = Present(view.facts.helpers, view.now_us,
                               [](const AccessFacts::Helper& one) { return one.professional; });
  const auto members = Present(view.facts.members, view.now_us,
                               [](const AccessFacts::Member& one) { return one.member; });
  for (const auto* helper : helpers) {
    map.add_helpers(view.names.Professional(helper->professional));
  }
  for (const auto* member : members) {
    if (only != nullptr && std::ranges::find(*only, member->member) == only->end()) continue;
    v1::MapRow& row = *map.add_rows();
    row.set_member(view.names.Member(view.file.id, member->member));
    for (const auto* helper : helpers) {
      v1::MapCell& cell = *row.add_cells();
      cell.set_helper(view.names.Professional(helper->professional));
      if (auto side = SideOf(view, row.member(), cell.helper(), numbers)) {
        *cell.mutable_member_view() = *std::move(side);
      }
      if (only == nullptr) {
        if (auto side = SideOf(view, cell.helper(), row.member(), numbers)) {
          *cell.mutable_helper_view() = *std::move(side);
        }
        AddDepth(view, estimates, row.member(), cell);
      }
      cell.set_state(
          StateOfCell(*member, *helper, cell.has_member_view() || cell.has_helper_view()));
    }
  }
  if (only == nullptr) AddSignals(view, map);
  return map;
}

}  // namespace

void KeepUntil(std::int64_t at_us, FamilyFile& file) {
  const auto later = [&](const auto& one) { return one.record.created_us > at_us; };
  std::erase_if(file.sessions, later);
  std::erase_if(file.ratings, later);
  std::erase_if(file.signals, later);
}

v1::AllianceMap BuildMap(const FileView& view) { return Build(view, nullptr); }

v1::AllianceMap BuildMapFor(const FileView& view, const std::vector<std::string>& members) {
  return Build(view, &members);
}

}  // namespace rapport::alliance
