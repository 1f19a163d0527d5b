#include "cli/map_figures.h"

#include "platform/base/strings.h"

#include <google/protobuf/util/time_util.h>

#include <array>
#include <charconv>
#include <utility>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

// The fewest digits that are read back as the same number.
std::string Figure(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string Figure(bool has, double value) { return has ? Figure(value) : ""; }

// "RATED" of CELL_STATE_RATED.
std::string Word(const std::string& name, std::string_view prefix) {
  std::string word = name.substr(prefix.size());
  return word == "UNSPECIFIED" ? "" : word;
}

class Figures {
 public:
  explicit Figures(const MapFacts& facts) : facts_(facts) {}

  Table Rows() {
    for (const av::MapRow& row : facts_.map.rows()) {
      for (const av::MapCell& cell : row.cells()) {
        const std::string state = Word(av::CellState_Name(cell.state()), "CELL_STATE_");
        if (cell.has_member_view()) {
          AddView(row.member(), cell.helper(), state, cell.member_view());
        } else {
          Add(row.member(), cell.helper(), state, {});
        }
        if (cell.has_helper_view()) {
          AddView(cell.helper(), row.member(), state, cell.helper_view());
        }
      }
    }
    return std::move(table_);
  }

 private:
  void AddView(const std::string& rater, const std::string& target, const std::string& state,
               const av::AllianceView& view) {
    const std::pair<const char*, const av::MapValue*> parts[] = {
        {"task", view.has_task() ? &view.task() : nullptr},
        {"goal", view.has_goal() ? &view.goal() : nullptr},
        {"bond", view.has_bond() ? &view.bond() : nullptr},
        {"whole", view.has_whole() ? &view.whole() : nullptr}};
    const std::string weak =
        Word(av::PathwayStage_Name(view.pathway().first_weak()), "PATHWAY_STAGE_");
    for (const auto& [part, value] : parts) {
      if (value == nullptr) continue;
      Add(rater, target, state,
          {part, Figure(value->value()),
           Figure(value->has_standard_error(), value->standard_error()), Figure(value->lowest()),
           Figure(value->highest()), Figure(value->has_estimate(), value->estimate()),
           Figure(value->has_estimate_standard_error(), value->estimate_standard_error()),
           Figure(value->has_slope(), value->slope()),
           Figure(value->has_slope_standard_error(), value->slope_standard_error()),
           value->instrument().empty() ? view.instrument() : value->instrument(),
           google::protobuf::util::TimeUtil::ToString(view.session_time()),
           std::to_string(view.age_sessions()), std::to_string(view.ratings()), weak},
          value->beyond_cutoff());
    }
  }

  void Add(const std::string& rater, const std::string& target, const std::string& state,
           std::vector<std::string> figures, bool beyond_cutoff = false) {
    figures.resize(kFigures);
    std::vector<Cell> row = {
        {rater}, {facts_.people.Show(rater)}, {target}, {facts_.people.Show(target)}, {state}};
    for (std::string& figure : figures) row.push_back({std::move(figure)});
    row.push_back({SignalsOf(rater)});
    row.push_back({beyond_cutoff ? "yes" : ""});
    table_.Add(std::move(row));
  }

  std::string SignalsOf(const std::string& member) const {
    std::string kinds;
    for (const av::Signal& signal : facts_.signals) {
      if (signal.member() != member) continue;
      if (!kinds.empty()) kinds += " ";
      kinds += Word(av::SignalKind_Name(signal.kind()), "SIGNAL_KIND_");
    }
    return kinds;
  }

  static constexpr std::size_t kFigures = 14;
  const MapFacts& facts_;
  Table table_{{"rater",        "rater_name",
                "target",       "target_name",
                "state",        "part",
                "value",        "standard_error",
                "lowest",       "highest",
                "estimate",     "estimate_standard_error",
                "slope",        "slope_standard_error",
                "instrument",   "session_time",
                "age_sessions", "ratings",
                "first_weak",   "open_signals",
                "beyond_cutoff"}};
};

}  // namespace

Table MapFigures(const MapFacts& facts) { return Figures(facts).Rows(); }

}  // namespace rapport::cli
