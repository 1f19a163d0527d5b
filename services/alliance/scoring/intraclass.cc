#include "alliance/scoring/intraclass.h"

#include "alliance/scoring/f_distribution.h"
#include "alliance/scoring/numbers.h"

#include <cmath>

namespace rapport::alliance {
namespace {

constexpr double kTail = 0.025;  // at each end of a 95 per cent interval

double Square(double x) { return x * x; }

// Mean squares of a two-way table without repetition.
struct MeanSquares {
  double n = 0;  // targets
  double k = 0;  // raters
  double between = 0;
  double within = 0;  // raters and residual together
  double raters = 0;
  double residual = 0;
};

std::optional<MeanSquares> Decompose(std::span<const std::vector<double>> table) {
  if (table.size() < 2 || table.front().size() < 2) return std::nullopt;
  const std::size_t k = table.front().size();
  std::vector<double> all;
  for (const auto& row : table) {
    if (row.size() != k) return std::nullopt;
    all.insert(all.end(), row.begin(), row.end());
  }
  const double grand = *Mean(all);
  MeanSquares squares{.n = static_cast<double>(table.size()), .k = static_cast<double>(k)};
  for (const auto& row : table) {
    const double mean = *Mean(row);
    squares.between += squares.k * Square(mean - grand);
    for (const double value : row) squares.within += Square(value - mean);
  }
  for (std::size_t j = 0; j < k; ++j) {
    std::vector<double> column;
    for (const auto& row : table) column.push_back(row[j]);
    squares.raters += squares.n * Square(*Mean(column) - grand);
  }
  squares.residual = squares.within - squares.raters;
  squares.between /= squares.n - 1;
  squares.within /= squares.n * (squares.k - 1);
  squares.raters /= squares.k - 1;
  squares.residual /= (squares.n - 1) * (squares.k - 1);
  return squares;
}

// Single rater's from F = between / error with these degrees of freedom.
Intraclass Single(double f, double numerator, double denominator, double k) {
  const auto icc = [&](double ratio) { return (ratio - 1) / (ratio + k - 1); };
  return {.value = icc(f),
          .low = icc(f / FQuantile(kTail, numerator, denominator)),
          .high = icc(f * FQuantile(kTail, denominator, numerator)),
          .f = f,
          .numerator = numerator,
          .denominator = denominator};
}

Intraclass Average(Intraclass single) {
  const double low = single.f / FQuantile(kTail, single.numerator, single.denominator);
  const double high = single.f * FQuantile(kTail, single.denominator, single.numerator);
  single.value = 1 - 1 / single.f;
  single.low = 1 - 1 / low;
  single.high = 1 - 1 / high;
  return single;
}

// Absolute agreement: the raters' own variance counts as error.
Intraclass Agreement(const MeanSquares& m) {
  const double spread = m.k * (m.raters - m.residual) / m.n;
  Intraclass icc{.value = (m.between - m.residual) / (m.between + (m.k - 1) * m.residual + spread),
                 .f = m.between / m.residual,
                 .numerator = m.n - 1,
                 .denominator = (m.n - 1) * (m.k - 1)};
  const double ratio = m.raters / m.residual;
  const double rest = m.n * (1 + (m.k - 1) * icc.value) - m.k * icc.value;
  const double degrees = (m.k - 1) * (m.n - 1) * Square(m.k * icc.value * ratio + rest) /
                         ((m.n - 1) * Square(m.k * icc.value * ratio) + Square(rest));
  const double upper = FQuantile(kTail, m.n - 1, degrees);
  const double lower = FQuantile(kTail, degrees, m.n - 1);
  const double error = m.k * m.raters + (m.k * m.n - m.k - m.n) * m.residual;
  icc.low = m.n * (m.between - upper * m.residual) / (upper * error + m.n * m.between);
  icc.high = m.n * (lower * m.between - m.residual) / (error + m.n * lower * m.between);
  return icc;
}

Intraclass AgreementAverage(const MeanSquares& m, Intraclass single) {
  const auto stepped = [&](double r) { return r * m.k / (1 + r * (m.k - 1)); };
  single.value = (m.between - m.residual) / (m.between + (m.raters - m.residual) / m.n);
  single.low = stepped(single.low);
  single.high = stepped(single.high);
  return single;
}

}  // namespace

std::optional<OneWay> OneWayOf(std::span<const std::vector<double>> groups) {
  OneWay result;
  double sum = 0;
  double squared_sizes = 0;
  for (const std::vector<double>& group : groups) {
    if (group.empty()) continue;
    const double size = static_cast<double>(group.size());
    ++result.groups;
    result.values += static_cast<int>(group.size());
    squared_sizes += size * size;
    sum += Sum(group);
  }
  if (result.groups < 2 || result.values == result.groups) return std::nullopt;
  const double n = result.values;
  for (const std::vector<double>& group : groups) {
    if (group.empty()) continue;
    const double mean = *Mean(group);
    result.between += static_cast<double>(group.size()) * Square(mean - sum / n);
    for (const double value : group) result.within += Square(value - mean);
  }
  const double numerator = result.groups - 1;
  const double denominator = n - result.groups;
  result.between /= numerator;
  result.within /= denominator;
  result.mean_size = n / result.groups;
  result.effective_size = (n - squared_sizes / n) / numerator;
  if (result.within > 0) {
    result.f = result.between / result.within;
    result.p = FUpperTail(*result.f, numerator, denominator);
  }
  const auto icc = [&](double k) {
    return (result.between - result.within) / (result.between + (k - 1) * result.within);
  };
  if (result.between > 0 || result.within > 0) {
    result.icc1 = icc(result.effective_size);
    result.icc1_mean_size = icc(result.mean_size);
  }
  if (result.between > 0) result.icc2 = (result.between - result.within) / result.between;
  return result;
}

std::optional<TwoWay> TwoWayOf(std::span<const std::vector<double>> table) {
  const std::optional<MeanSquares> m = Decompose(table);
  if (!m || m->residual <= 0) return std::nullopt;
  TwoWay result{.targets = static_cast<int>(m->n), .raters = static_cast<int>(m->k)};
  result.one_way = Single(m->between / m->within, m->n - 1, m->n * (m->k - 1), m->k);
  result.agreement = Agreement(*m);
  result.consistency = Single(m->between / m->residual, m->n - 1, (m->n - 1) * (m->k - 1), m->k);
  result.one_way_average = Average(result.one_way);
  result.agreement_average = AgreementAverage(*m, result.agreement);
  result.consistency_average = Average(result.consistency);
  return result;
}

}  // namespace rapport::alliance
