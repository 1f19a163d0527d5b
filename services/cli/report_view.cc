#include "cli/report_view.h"

#include "cli/csv.h"
#include "cli/table.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

constexpr const char* kHidden = "hidden (fewer than 11)";

std::string Rounded(double value, int decimals) {
  std::array<char, 352> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals);
  return {text.data(), end.ptr};
}

Cell NumberCell(std::string text) { return {std::move(text), Tone::kPlain, true}; }
// Absent: not to be had.
Cell FigureCell(bool has, double value, int decimals = 2) {
  if (!has) return {"–", Tone::kDim, true};
  return NumberCell(Rounded(value, decimals));
}
std::string Percent(double share) { return Rounded(100 * share, 0) + " %"; }

// Tenths of the range as blocks, the tallest the fullest; a hidden one is a dot.
std::string Histogram(const av::ScoreInsight& score) {
  std::vector<double> raters;
  double most = 1;
  for (const av::ScoreBin& bin : score.distribution()) {
    raters.push_back(bin.has_raters() ? static_cast<double>(bin.raters()) : std::nan(""));
    if (bin.has_raters()) most = std::max(most, raters.back());
  }
  return Sparkline(raters, 0, most);
}

bool AnyHiddenBin(const av::AgencyInsight& insight) {
  return std::ranges::any_of(insight.scores(), [](const av::ScoreInsight& score) {
    return std::ranges::any_of(score.distribution(),
                               [](const av::ScoreBin& bin) { return !bin.has_raters(); });
  });
}

// Whether a distribution leaves out ratings that the other figures count.
bool AnyBehind(const av::AgencyInsight& insight) {
  return std::ranges::any_of(insight.scores(), [](const av::ScoreInsight& score) {
    return !score.hidden() && schema::ToMicros(score.distribution_until_time()) <
                                  schema::ToMicros(score.recorded_until_time());
  });
}

std::string_view WordOf(av::VarianceLevelKind kind) {
  switch (kind) {
    case av::VARIANCE_LEVEL_KIND_THERAPIST:
      return "therapist";
    case av::VARIANCE_LEVEL_KIND_FAMILY:
      return "family";
    default:
      return "member";
  }
}

const av::VarianceLevel* LevelOf(const av::VarianceShares& shares, av::VarianceLevelKind kind) {
  const auto found = std::ranges::find_if(
      shares.levels(), [&](const av::VarianceLevel& level) { return level.kind() == kind; });
  return found == shares.levels().end() ? nullptr : &*found;
}

Table ScoreTable(const av::AgencyInsight& insight) {
  Table table({"score", "raters", "ratings", "mean", "sd", "range", "distribution"});
  for (const av::ScoreInsight& score : insight.scores()) {
    if (score.hidden()) {
      table.Add({{score.code(), Tone::kStrong}, {}, {}, {}, {}, {}, {kHidden, Tone::kDim}});
      continue;
    }
    table.Add({{score.code(), Tone::kStrong},
               NumberCell(std::to_string(score.raters())),
               NumberCell(std::to_string(score.ratings())),
               FigureCell(score.has_mean(), score.mean()),
               FigureCell(score.has_standard_deviation(), score.standard_deviation()),
               {Concat({ShortestDouble(score.lowest()), " to ", ShortestDouble(score.highest())})},
               {Histogram(score)}});
  }
  return table;
}

Table ReliabilityTable(const av::AgencyInsight& insight) {
  Table table(
      {"score", "alpha", "omega", "items", "of raters", "ICC(1)", "ICC(2)", "rwg", "of families"});
  for (const av::ScoreInsight& score : insight.scores()) {
    if (!score.has_consistency() && !score.has_agreement()) continue;
    const av::InternalConsistency& items = score.consistency();
    const av::FamilyAgreement& families = score.agreement();
    table.Add({{score.code(), Tone::kStrong},
               FigureCell(items.has_alpha(), items.alpha()),
               FigureCell(items.has_omega(), items.omega()),
               FigureCell(score.has_consistency(), items.items(), 0),
               score.has_consistency() && items.raters() == 0
                   ? Cell{"hidden", Tone::kDim, true}
                   : FigureCell(score.has_consistency(), items.raters(), 0),
               FigureCell(families.has_icc1(), families.icc1()),
               FigureCell(families.has_icc2(), families.icc2()),
               FigureCell(families.has_median_rwg(), families.median_rwg()),
               FigureCell(score.has_agreement(), families.families(), 0)});
  }
  return table;
}

Table VarianceTable(const av::AgencyInsight& insight) {
  Table table({"score", "between therapists", "families", "members", "sessions of one member",
               "of ratings"});
  const auto level = [](const av::VarianceShares& shares, av::VarianceLevelKind kind) {
    const av::VarianceLevel* one = LevelOf(shares, kind);
    if (one == nullptr) return Cell{"not told apart", Tone::kDim, true};
    return NumberCell(Concat({Percent(one->share()), " of ", std::to_string(one->groups())}));
  };
  for (const av::ScoreInsight& score : insight.scores()) {
    if (!score.has_variance()) continue;
    const av::VarianceShares& shares = score.variance();
    table.Add({{score.code(), Tone::kStrong},
               level(shares, av::VARIANCE_LEVEL_KIND_THERAPIST),
               level(shares, av::VARIANCE_LEVEL_KIND_FAMILY),
               level(shares, av::VARIANCE_LEVEL_KIND_MEMBER),
               NumberCell(Percent(shares.session_share())),
               NumberCell(std::to_string(shares.ratings()))});
  }
  return table;
}

void PrintGoals(const av::AgencyInsight& insight, bool colour, std::ostream& out) {
  out << "\n" << Painted("What became of goals?", Tone::kStrong, colour) << "\n";
  if (!insight.has_goal_outcomes() && !insight.has_goal_levels()) {
    out << kHidden << ": it takes 11 people who reached them, and none or 11 who did not\n";
    return;
  }
  if (insight.has_goal_outcomes()) {
    const av::GoalOutcomes& goals = insight.goal_outcomes();
    out << "Of " << goals.outcomes() << " goals that ended and were rated twice, "
        << Percent(goals.improved_share()) << " improved reliably (mean "
        << Rounded(goals.first_mean(), 1) << " to " << Rounded(goals.newest_mean(), 1)
        << " of 10)\n";
    if (goals.has_change()) {
      out << "Told apart, of " << goals.change().outcomes() << ": "
          << Percent(goals.change().improved_share()) << " improved, "
          << Percent(goals.change().unchanged_share()) << " unchanged, "
          << Percent(goals.change().worse_share()) << " worse\n";
    } else {
      out << "Unchanged and worse: not told apart (fewer than 11 of one)\n";
    }
  }
  if (insight.has_goal_levels()) {
    out << "Of " << insight.goal_levels().levels() << " goals with an attainment scale, "
        << Percent(insight.goal_levels().expected_share()) << " ended as expected or better\n";
  }
}

void WriteGoals(const av::AgencyInsight& insight, std::ostream& out) {
  const auto row = [&](std::string_view figure, std::string_view of, std::string_view value) {
    out << ",goal_" << figure << "," << of << "," << value << "\n";
  };
  if (!insight.has_goal_outcomes()) row("outcomes", "", "hidden");
  if (insight.has_goal_outcomes()) {
    const av::GoalOutcomes& goals = insight.goal_outcomes();
    row("outcomes", "", std::to_string(goals.outcomes()));
    row("improved_share", "", ShortestDouble(goals.improved_share()));
    row("first_mean", "", ShortestDouble(goals.first_mean()));
    row("newest_mean", "", ShortestDouble(goals.newest_mean()));
    if (goals.has_change()) {
      row("changes", "", std::to_string(goals.change().outcomes()));
      row("change_share", "improved", ShortestDouble(goals.change().improved_share()));
      row("change_share", "unchanged", ShortestDouble(goals.change().unchanged_share()));
      row("change_share", "worse", ShortestDouble(goals.change().worse_share()));
    } else {
      row("changes", "", "hidden");
    }
  }
  if (!insight.has_goal_levels()) return row("levels", "", "hidden");
  row("levels", "", std::to_string(insight.goal_levels().levels()));
  row("expected_share", "", ShortestDouble(insight.goal_levels().expected_share()));
}

// Rows of figures of one score.
class FigureRows {
 public:
  FigureRows(const av::ScoreInsight& score, std::ostream& out) : score_(score), out_(out) {}

  void Add(std::string_view figure, std::string_view of, std::string_view value) {
    out_ << CsvCell(score_.code()) << "," << figure << "," << CsvCell(of) << "," << value << "\n";
  }
  void Add(std::string_view figure, std::string_view of, bool has, double value) {
    if (has) Add(figure, of, ShortestDouble(value));
  }

 private:
  const av::ScoreInsight& score_;
  std::ostream& out_;
};

void WriteConsistency(const av::InternalConsistency& items, FigureRows& rows) {
  rows.Add("consistency_raters", "",
           items.raters() == 0 ? "hidden" : std::to_string(items.raters()));
  rows.Add("alpha", "", items.has_alpha(), items.alpha());
  rows.Add("standardised_alpha", "", items.has_standardised_alpha(), items.standardised_alpha());
  rows.Add("average_correlation", "", items.has_average_correlation(), items.average_correlation());
  rows.Add("omega", "", items.has_omega(), items.omega());
  for (const av::ItemConsistency& item : items.item_figures()) {
    const std::string of = "item " + std::to_string(item.item());
    rows.Add("alpha_if_dropped", of, item.has_alpha_if_dropped(), item.alpha_if_dropped());
    rows.Add("item_rest_correlation", of, item.has_item_rest_correlation(),
             item.item_rest_correlation());
  }
}

void WriteScore(const av::ScoreInsight& score, std::ostream& out) {
  FigureRows rows(score, out);
  if (score.hidden()) return rows.Add("raters", "", "hidden");
  rows.Add("raters", "", std::to_string(score.raters()));
  rows.Add("ratings", "", std::to_string(score.ratings()));
  rows.Add("families", "", std::to_string(score.families()));
  rows.Add("mean", "", score.has_mean(), score.mean());
  rows.Add("standard_deviation", "", score.has_standard_deviation(), score.standard_deviation());
  for (const av::ScoreBin& bin : score.distribution()) {
    rows.Add("raters_between", Concat({ShortestDouble(bin.from()), " ", ShortestDouble(bin.to())}),
             bin.has_raters() ? std::to_string(bin.raters()) : "hidden");
  }
  if (score.has_distribution_until_time()) {
    rows.Add("distribution_until", "",
             google::protobuf::util::TimeUtil::ToString(score.distribution_until_time()));
  }
  if (score.has_consistency()) WriteConsistency(score.consistency(), rows);
  if (score.has_agreement()) {
    const av::FamilyAgreement& families = score.agreement();
    rows.Add("agreement_families", "", std::to_string(families.families()));
    rows.Add("agreement_raters", "", std::to_string(families.raters()));
    rows.Add("agreement_n0", "", true, families.effective_size());
    rows.Add("icc1", "", families.has_icc1(), families.icc1());
    rows.Add("icc1_mean_size", "", families.has_icc1_mean_size(), families.icc1_mean_size());
    rows.Add("icc2", "", families.has_icc2(), families.icc2());
    rows.Add("median_rwg", "", families.has_median_rwg(), families.median_rwg());
  }
  if (!score.has_variance()) return;
  rows.Add("variance_ratings", "", std::to_string(score.variance().ratings()));
  for (const av::VarianceLevel& level : score.variance().levels()) {
    rows.Add("variance_groups", WordOf(level.kind()), std::to_string(level.groups()));
    rows.Add("variance_share", WordOf(level.kind()), true, level.share());
  }
  rows.Add("variance_share", "session", true, score.variance().session_share());
}

void PrintMissing(const av::Trajectory& trajectory, std::ostream& out) {
  out << "No course yet: it takes 200 raters of closed cases with 3 ratings each, and ";
  if (trajectory.raters() == 0) {
    out << "there are fewer than 11.\n";
  } else {
    out << "there are about " << trajectory.raters() << ", " << trajectory.missing_raters()
        << " too few.\n";
  }
  out << "Until then compare a rater with their first score: only a reliable change counts";
  if (trajectory.has_reliable_change()) {
    out << ", more than " << Rounded(trajectory.reliable_change(), 1) << " either way";
  } else if (trajectory.change_basis() == av::CHANGE_BASIS_NONE_KNOWN) {
    out << ", and how large one is of this score nobody is known to have published";
  }
  out << ".\n";
}

}  // namespace

void PrintInsight(const av::AgencyInsight& insight, bool colour, std::ostream& out) {
  out << Painted(insight.instrument(), Tone::kStrong, colour) << "\n";
  out << "Forms that came back: ";
  if (insight.has_response_rate()) {
    out << Percent(insight.response_rate().answered_share()) << " of "
        << insight.response_rate().asked_requests() << "\n\n";
  } else {
    out << kHidden << "\n\n";
  }
  ScoreTable(insight).Print(out, colour);
  if (AnyBehind(insight)) {
    out << Painted("A distribution counts only months that are over: later ratings wait.",
                   Tone::kDim, colour)
        << "\n";
  }
  if (AnyHiddenBin(insight)) {
    out << Painted("· in a distribution: hidden (fewer than 11, or beside such)", Tone::kDim,
                   colour)
        << "\n";
  }
  const auto any = [&](const auto& has) { return std::ranges::any_of(insight.scores(), has); };
  if (any([](const auto& one) { return one.has_consistency() || one.has_agreement(); })) {
    out << "\n"
        << Painted("Do items hang together, do families agree?", Tone::kStrong, colour) << "\n";
    ReliabilityTable(insight).Print(out, colour);
  }
  if (any([](const auto& one) { return one.has_variance(); })) {
    out << "\n" << Painted("Where do ratings differ?", Tone::kStrong, colour) << "\n";
    VarianceTable(insight).Print(out, colour);
  }
  PrintGoals(insight, colour, out);
}

void WriteInsightCsv(const av::AgencyInsight& insight, std::ostream& out) {
  out << "score,figure,of,value\n";
  if (insight.has_response_rate()) {
    out << ",asked_requests,," << insight.response_rate().asked_requests() << "\n";
    out << ",answered_share,," << ShortestDouble(insight.response_rate().answered_share()) << "\n";
  } else {
    out << ",answered_share,,hidden\n";
  }
  for (const av::ScoreInsight& score : insight.scores()) WriteScore(score, out);
  WriteGoals(insight, out);
}

void PrintTrajectory(const av::Trajectory& trajectory, bool colour, std::ostream& out) {
  out << Painted(Concat({trajectory.instrument(), "  ", trajectory.score()}), Tone::kStrong, colour)
      << "\n";
  if (trajectory.missing_raters() > 0) return PrintMissing(trajectory, out);
  if (trajectory.points().empty()) {
    out << "No course: the ratings don't vary enough to tell one.\n";
    return;
  }
  out << "Of " << trajectory.raters() << " raters of closed cases.\n\n";
  Table table({"rating", "expected", "a quarter at or beyond", "median of successes"});
  for (const av::TrajectoryPoint& point : trajectory.points()) {
    table.Add({NumberCell(std::to_string(point.rating())), FigureCell(true, point.expected()),
               FigureCell(true, point.failure()),
               FigureCell(point.has_success(), point.success())});
  }
  table.Print(out, colour);
  if (trajectory.missing_successful_raters() > 0) {
    out << "No line of success yet: it takes 200 raters of cases completed as planned.\n";
  }
}

void WriteTrajectoryCsv(const av::Trajectory& trajectory, std::ostream& out) {
  out << "rating,expected,failure,success\n";
  for (const av::TrajectoryPoint& point : trajectory.points()) {
    out << point.rating() << "," << ShortestDouble(point.expected()) << ","
        << ShortestDouble(point.failure()) << ","
        << (point.has_success() ? ShortestDouble(point.success()) : "") << "\n";
  }
}

std::string InstrumentNameOf(std::string_view text) {
  return text.starts_with("instruments/") ? std::string(text) : Concat({"instruments/", text});
}

absl::StatusOr<std::int64_t> MonthOf(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  const auto whole = [](std::string_view part, auto& number) {
    const auto read = std::from_chars(part.data(), part.data() + part.size(), number);
    return read.ec == std::errc() && read.ptr == part.data() + part.size();
  };
  const bool read = text.size() == 7 && text[4] == '-' && whole(text.substr(0, 4), year) &&
                    whole(text.substr(5), month);
  const std::chrono::year_month_day first{std::chrono::year(year), std::chrono::month(month),
                                          std::chrono::day(1)};
  if (!read || !first.ok()) {
    return absl::InvalidArgumentError("a month like 2026-03 is expected");
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::sys_days(first).time_since_epoch())
      .count();
}

}  // namespace rapport::cli
