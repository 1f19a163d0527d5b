#include "cli/alliance_view.h"

#include "cli/table.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

constexpr std::string_view kAlliance = "rapport.alliance.v1.AllianceService/";
constexpr int kMostRows = 1000;
// A line goes up or down when it does so by more than twice its standard error a session.
constexpr double kSurelySlopes = 2;

std::string OneDecimal(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1);
  return {text.data(), end.ptr};
}

// `/5` where the scale is another than the usual 0 to 10; otherwise empty.
std::string ScaleOf(const av::MapValue& value) {
  if (value.lowest() == 0 && value.highest() == 10) return {};
  std::string end = OneDecimal(value.highest());
  if (end.ends_with(".0")) end.resize(end.size() - 2);
  return "/" + end;
}

// The latest value, and where the rater stands after all ratings with how sure that is; for whom no
// estimate is shown, the error of the one value.
Cell ValueCell(bool has, const av::MapValue& value) {
  if (!has) return {"–", Tone::kDim, true};
  std::string text = OneDecimal(value.value()) + ScaleOf(value);
  if (value.has_estimate()) {
    text += Concat({" (", OneDecimal(value.estimate()), "±",
                    OneDecimal(value.estimate_standard_error()), ")"});
  } else if (value.has_standard_error()) {
    text += "±" + OneDecimal(value.standard_error());
  }
  return {std::move(text), Tone::kPlain, true};
}

// The first weak link on the way from conditions to agreement.
Cell LinkCell(const av::AllianceView& view) {
  if (!view.has_pathway()) return {};
  switch (view.pathway().first_weak()) {
    case av::PATHWAY_STAGE_CONDITIONS:
      return {"conditions", Tone::kWarn};
    case av::PATHWAY_STAGE_TRUST:
      return {"trust", Tone::kWarn};
    case av::PATHWAY_STAGE_WILLINGNESS:
      return {"willingness", Tone::kWarn};
    case av::PATHWAY_STAGE_AGREEMENT:
      return {"agreement", Tone::kWarn};
    default:
      return view.pathway().low_overall() ? Cell{"low overall", Tone::kWarn} : Cell{};
  }
}

// What an open signal says, in the width of a cell.
std::string_view FlagWords(av::SignalKind kind) {
  switch (kind) {
    case av::SIGNAL_KIND_ISOLATION:
      return "may be left out";
    case av::SIGNAL_KIND_RUPTURE:
      return "fell";
    case av::SIGNAL_KIND_SPLIT:
    case av::SIGNAL_KIND_HELPER_SPLIT:
      return "slides away";
    case av::SIGNAL_KIND_UNSAFE:
      return "hardly safe to speak";
    case av::SIGNAL_KIND_CEILING:
      return "always full marks";
    default:
      return "";
  }
}

// The mean of what is there of task, goal and bond, as a part of its range.
class Mean {
 public:
  void Add(double value) {
    sum_ += value;
    ++count_;
  }
  double value() const {
    return count_ == 0 ? std::numeric_limits<double>::quiet_NaN() : sum_ / count_;
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

// What a score measures, by the form's definition; without one, by the pulse's codes.
av::Content ContentOf(const MapFacts& facts, const std::string& instrument,
                      const std::string& code) {
  const auto form = facts.instruments.find(instrument);
  if (form == facts.instruments.end()) {
    if (code == "task") return av::CONTENT_TASK;
    if (code == "goal") return av::CONTENT_GOAL;
    return code == "bond" ? av::CONTENT_BOND : av::CONTENT_UNSPECIFIED;
  }
  for (const av::ScoreDefinition& score : form->second.scores()) {
    if (score.code() != code) continue;
    const bool of_target = score.interpersonal() == av::INTERPERSONAL_SELF;
    return of_target ? score.content() : av::CONTENT_UNSPECIFIED;
  }
  return av::CONTENT_UNSPECIFIED;
}

bool IsPart(av::Content content) {
  return content == av::CONTENT_TASK || content == av::CONTENT_GOAL || content == av::CONTENT_BOND;
}
bool IsWhole(av::Content content) { return content == av::CONTENT_ALLIANCE; }

// How `rater` rated `target` with the view's form, oldest first: the parts' mean, or its total
// where it gives no part.
std::string LineOf(const MapFacts& facts, const std::string& rater, const std::string& target,
                   const av::AllianceView& view) {
  const av::MapValue* range = nullptr;
  for (const auto& [has, value] : {std::pair(view.has_bond(), &view.bond()),
                                   {view.has_task(), &view.task()},
                                   {view.has_goal(), &view.goal()}}) {
    const bool of_form = value->instrument().empty() || value->instrument() == view.instrument();
    if (range == nullptr && has && of_form) range = value;
  }
  const auto counts = range != nullptr ? IsPart : IsWhole;
  if (range == nullptr) range = &view.whole();
  std::map<std::int64_t, double> by_time;
  for (const av::Rating& rating : facts.ratings) {
    if (rating.rater() != rater || rating.instrument() != view.instrument()) continue;
    for (const av::RatingPart& part : rating.parts()) {
      if (part.target() != target) continue;
      Mean mean;
      for (const av::Score& score : part.scores()) {
        const bool shown = counts(ContentOf(facts, rating.instrument(), score.code()));
        if (shown && score.has_value()) mean.Add(score.value());
      }
      by_time[schema::ToMicros(rating.session_time())] = mean.value();
    }
  }
  std::vector<double> values;
  for (const auto& [time, value] : by_time) values.push_back(value);
  return Sparkline(values, range->lowest(), range->highest());
}

// A score beyond its form's cut-off, in the width of a cell; empty: none is.
std::string CutOffWords(const av::AllianceView& view) {
  for (const av::MapValue* value : {&view.whole(), &view.task(), &view.goal(), &view.bond()}) {
    if (!value->beyond_cutoff()) continue;
    return Concat({OneDecimal(value->value()), ScaleOf(*value), ": beyond its cut-off",
                   value->provisional() ? " (provisional)" : ""});
  }
  return {};
}

// "↘" when some part surely falls, "↗" when some part surely rises and none falls, "→" otherwise;
// empty: not known.
std::string ArrowOf(const av::AllianceView& view) {
  bool known = false, up = false, down = false;
  for (const av::MapValue* value : {&view.task(), &view.goal(), &view.bond()}) {
    if (!value->has_slope() || !value->has_slope_standard_error()) continue;
    known = true;
    const double sure = kSurelySlopes * value->slope_standard_error();
    up |= value->slope() > sure;
    down |= value->slope() < -sure;
  }
  return !known ? "" : down ? "↘" : up ? "↗" : "→";
}

std::string AgeOf(const av::AllianceView& view) {
  if (view.age_sessions() == 0) return "last session";
  return view.age_sessions() == 1 ? "1 session ago"
                                  : std::to_string(view.age_sessions()) + " sessions ago";
}

class Page {
 public:
  explicit Page(const MapFacts& facts) : facts_(facts) {}

  Table Rows() {
    Table table({"who", "of whom", "task", "goal", "bond", "session by session", "first weak link",
                 "rated", ""});
    for (const av::MapRow& row : facts_.map.rows()) {
      bool first = true;
      for (const av::MapCell& cell : row.cells()) {
        AddMembersView(row, cell, first, table);
        first = false;
        if (cell.has_helper_view()) {
          AddView(facts_.people.Show(cell.helper()), facts_.people.Show(row.member()),
                  cell.helper_view(),
                  LineOf(facts_, cell.helper(), row.member(), cell.helper_view()), {}, table);
        }
      }
    }
    return table;
  }

 private:
  void AddMembersView(const av::MapRow& row, const av::MapCell& cell, bool first, Table& table) {
    const std::string member = facts_.people.Show(row.member());
    const std::string helper = facts_.people.Show(cell.helper());
    Cell flag = first ? Flag(row.member()) : Cell{};
    if (cell.has_member_view()) {
      if (const std::string words = CutOffWords(cell.member_view()); !words.empty()) {
        flag = flag.text.empty() ? Cell{Concat({"• ", words}), Tone::kWarn}
                                 : Cell{Concat({flag.text, ", ", words}), flag.tone};
      }
      AddView(member, helper, cell.member_view(),
              LineOf(facts_, row.member(), cell.helper(), cell.member_view()), flag, table);
      return;
    }
    const bool expected = cell.state() != av::CELL_STATE_NOT_EXPECTED;
    table.Add({{member, Tone::kStrong},
               {helper},
               {"–", Tone::kDim, true},
               {"–", Tone::kDim, true},
               {"–", Tone::kDim, true},
               {expected ? "no alliance on record" : "not expected", Tone::kDim},
               {},
               {},
               flag});
  }

  static void AddView(const std::string& who, const std::string& of, const av::AllianceView& view,
                      std::string line, Cell flag, Table& table) {
    const std::string arrow = ArrowOf(view);
    if (!arrow.empty()) line += " " + arrow;
    table.Add({{who, Tone::kStrong},
               {of},
               ValueCell(view.has_task(), view.task()),
               ValueCell(view.has_goal(), view.goal()),
               ValueCell(view.has_bond(), view.bond()),
               {std::move(line)},
               LinkCell(view),
               {AgeOf(view), view.age_sessions() == 0 ? Tone::kPlain : Tone::kDim},
               std::move(flag)});
  }

  // The member's open signals, alerts first, each kind once.
  Cell Flag(const std::string& member) const {
    std::string words;
    bool alert = false;
    for (const av::SignalLevel level : {av::SIGNAL_LEVEL_ALERT, av::SIGNAL_LEVEL_WATCH}) {
      for (const av::Signal& signal : facts_.signals) {
        const std::string_view word = FlagWords(signal.kind());
        if (signal.member() != member || signal.level() != level) continue;
        alert |= level == av::SIGNAL_LEVEL_ALERT;
        if (words.find(word) == std::string::npos)
          words += Concat({words.empty() ? "" : ", ", word});
      }
    }
    if (words.empty()) return {};
    return {Concat({alert ? "⚠ " : "• ", words}), alert ? Tone::kBad : Tone::kWarn};
  }

  const MapFacts& facts_;
};

void PrintSignal(const MapFacts& facts, const av::Signal& signal, bool colour,
                 std::string_view indent, std::ostream& out) {
  const bool alert = signal.level() == av::SIGNAL_LEVEL_ALERT;
  std::string head = Concat({alert ? "⚠ " : "• ", facts.people.Show(signal.member())});
  if (!signal.target().empty()) {
    const bool family = signal.target() == facts.map.family();
    head += " → " + (family ? std::string("the family") : facts.people.Show(signal.target()));
  }
  out << indent << Painted(head, alert ? Tone::kBad : Tone::kWarn, colour) << "  "
      << signal.summary() << "\n";
  out << indent << "  " << Painted("Next: " + signal.next_step(), Tone::kDim, colour) << "\n";
}

// A list of the family, all that fits one page; nothing when the caller may not see it.
template <typename Response, typename Request>
Response ListOf(Client& client, const Caller& caller, std::string_view method,
                const std::string& family) {
  Request request;
  request.set_parent(family);
  request.set_page_size(kMostRows);
  auto answer = client.Call<Response>(caller, Concat({kAlliance, method}), request);
  return answer.ok() ? *std::move(answer) : Response();
}

std::set<std::string> FormsOf(const av::AllianceMap& map) {
  std::set<std::string> forms;
  for (const av::MapRow& row : map.rows()) {
    for (const av::MapCell& cell : row.cells()) {
      if (cell.has_member_view()) forms.insert(cell.member_view().instrument());
      if (cell.has_helper_view()) forms.insert(cell.helper_view().instrument());
    }
  }
  return forms;
}

}  // namespace

absl::StatusOr<MapFacts> FetchMap(Client& client, const Caller& caller, const std::string& family) {
  MapFacts facts;
  av::GetAllianceMapRequest request;
  request.set_parent(family);
  ASSIGN_OR_RETURN(auto answer, client.Call<av::GetAllianceMapResponse>(
                                    caller, Concat({kAlliance, "GetAllianceMap"}), request));
  facts.map = std::move(*answer.mutable_alliance_map());
  facts.people = People::OfFamily(client, caller, family);
  const auto ratings = ListOf<av::ListRatingsResponse, av::ListRatingsRequest>(
      client, caller, "ListRatings", family);
  facts.ratings.assign(ratings.ratings().begin(), ratings.ratings().end());
  for (const std::string& name : FormsOf(facts.map)) {
    av::GetInstrumentRequest get;
    get.set_name(name);
    auto form =
        client.Call<av::GetInstrumentResponse>(caller, Concat({kAlliance, "GetInstrument"}), get);
    if (form.ok()) facts.instruments[name] = std::move(*form->mutable_instrument());
  }
  const auto signals = ListOf<av::ListSignalsResponse, av::ListSignalsRequest>(
      client, caller, "ListSignals", family);
  facts.signals.assign(signals.signals().begin(), signals.signals().end());
  return facts;
}

void PrintMap(const MapFacts& facts, bool colour, std::ostream& out, std::string_view indent) {
  Page(facts).Rows().Print(out, colour, indent);
  const auto estimated = [](const av::MapRow& row) {
    return std::ranges::any_of(row.cells(), [](const av::MapCell& cell) {
      return cell.member_view().bond().has_estimate();
    });
  };
  if (std::ranges::any_of(facts.map.rows(), estimated)) {
    out << indent
        << Painted("The last form's value; in brackets, where the alliance stands after all forms.",
                   Tone::kDim, colour)
        << "\n";
  }
  // As they are listed, newest first; what is most pressing before anything newer.
  for (const bool alerts : {true, false}) {
    for (const av::Signal& signal : facts.signals) {
      if ((signal.level() == av::SIGNAL_LEVEL_ALERT) != alerts) continue;
      out << "\n";
      PrintSignal(facts, signal, colour, indent, out);
    }
  }
}

}  // namespace rapport::cli
