#include "bench/signals/parameters.h"

#include "platform/base/strings.h"

#include <absl/status/status.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <set>
#include <stdexcept>

namespace rapport::bench {
namespace {

[[noreturn]] void Refuse(std::string_view where, std::string_view why) {
  throw std::invalid_argument(Concat({where, ": ", why}));
}

// One map of the file. Remembers what was asked for, so that the rest can be named as unknown.
class Section {
 public:
  Section(const YAML::Node& node, std::string name) : node_(node), name_(std::move(name)) {
    if (!node_.IsMap()) Refuse(name_, "is no map");
  }

  YAML::Node Get(const std::string& key) {
    asked_.insert(key);
    if (!node_[key]) Refuse(Where(key), "is missing");
    return node_[key];
  }

  bool Has(const std::string& key) const { return static_cast<bool>(node_[key]); }

  double Number(const std::string& key, double least, double most) {
    const auto value = Get(key).as<double>();
    if (!(value >= least && value <= most)) {
      Refuse(Where(key),
             Concat({"lies outside ", std::to_string(least), " to ", std::to_string(most)}));
    }
    return value;
  }

  double Share(const std::string& key) { return Number(key, 0, 1); }
  int Count(const std::string& key, int least, int most) {
    return static_cast<int>(Number(key, least, most));
  }

  // Probabilities of the outcomes; they sum up to 1.
  std::vector<double> Distribution(const std::string& key) {
    const auto values = Get(key).as<std::vector<double>>();
    double sum = 0;
    for (const double value : values) {
      if (value < 0) Refuse(Where(key), "has a negative probability");
      sum += value;
    }
    if (std::abs(sum - 1) > 1e-6) Refuse(Where(key), "does not sum up to 1");
    return values;
  }

  Section Inner(const std::string& key) { return {Get(key), Where(key)}; }

  std::string Where(const std::string& key) const {
    return name_.empty() ? key : Concat({name_, ".", key});
  }

  void Done() const {
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (!asked_.contains(key)) Refuse(Where(key), "is not known");
    }
  }

 private:
  YAML::Node node_;
  std::string name_;
  std::set<std::string> asked_;
};

Form ReadForm(Section section, const std::string& name,
              const std::vector<std::pair<std::string, Construct>>& constructs) {
  Form form;
  form.name = name;
  form.lowest = section.Number("lowest", -1000, 1000);
  form.highest = section.Number("highest", form.lowest + 1, 1000);
  form.step = section.Number("step", 0.001, form.highest - form.lowest);
  form.mean = section.Number("mean", form.lowest, form.highest);
  form.sd = section.Number("sd", 0.01, form.highest - form.lowest);
  Section errors = section.Inner("error");
  for (const auto& [key, construct] : constructs) {
    form.constructs.push_back(construct);
    form.error.push_back(errors.Number(key, 0.001, 4));
  }
  errors.Done();
  if (section.Has("room_error")) form.room_error = section.Number("room_error", 0.001, 4);
  section.Done();
  return form;
}

void ReadFamily(Section section, Parameters& p) {
  p.members = section.Distribution("members");
  p.helpers = section.Distribution("helpers");
  if (p.members.size() > 6) Refuse(section.Where("members"), "has more than 6 entries");
  if (p.helpers.size() > 3) Refuse(section.Where("helpers"), "has more than 3 entries");
  Section sessions = section.Inner("sessions");
  p.sessions_least = sessions.Count("least", 2, 60);
  p.sessions_most = sessions.Count("most", p.sessions_least, 60);
  sessions.Done();
  p.children = section.Share("children");
  p.srs = section.Share("srs");
  p.ceiling_raters = section.Share("ceiling_raters");
  p.no_event = section.Share("no_event");
  section.Done();
}

void ReadNoise(Section& root, Parameters& p) {
  Section levels = root.Inner("levels");
  p.levels.family = levels.Number("family", 0, 4);
  p.levels.rater = levels.Number("rater", 0, 4);
  p.levels.pair = levels.Number("pair", 0, 4);
  p.levels.construct = levels.Number("construct", 0, 4);
  p.levels.room = levels.Number("room", 0, 4);
  p.levels.family_drift = levels.Number("family_drift", 0, 1);
  p.levels.mean_drift = levels.Number("mean_drift", -1, 1);
  p.levels.rater_walk = levels.Number("rater_walk", 0, 1);
  levels.Done();
  Section days = root.Inner("days");
  p.days.family = days.Number("family", 0, 4);
  p.days.rater = days.Number("rater", 0, 4);
  p.days.odd = days.Share("odd");
  p.days.odd_factor = days.Number("odd_factor", 1, 100);
  days.Done();
}

// At the ends 0 and 1 an observation could be impossible, and have no likelihood.
Parameters::Shares ReadShares(Section section) {
  Parameters::Shares shares{.absent = section.Number("absent", 0.001, 0.999),
                            .skipped = section.Number("skipped", 0.001, 0.999),
                            .homework = section.Number("homework", 0.001, 0.999),
                            .noted = section.Number("noted", 0.001, 0.999)};
  section.Done();
  return shares;
}

std::vector<Shape> ReadShapes(Section& section, const std::string& key) {
  std::vector<Shape> shapes;
  double sum = 0;
  for (const auto& node : section.Get(key)) {
    Section one(node, section.Where(key));
    Shape shape{.weight = one.Number("weight", 0, 1),
                .effect = one.Get("effect").as<std::vector<double>>()};
    one.Done();
    if (shape.effect.empty() || shape.effect[0] <= 0) {
      Refuse(section.Where(key), "has a shape without an effect in its first session");
    }
    sum += shape.weight;
    shapes.push_back(std::move(shape));
  }
  if (std::abs(sum - 1) > 1e-6) Refuse(section.Where(key), "has weights that do not sum up to 1");
  return shapes;
}

void ReadEvents(Section& root, Parameters& p) {
  Section events = root.Inner("events");
  p.first_session = events.Count("first_session", 1, 60);
  p.sizes = events.Get("sizes").as<std::vector<double>>();
  if (p.sizes.empty()) Refuse(events.Where("sizes"), "is empty");
  Section shapes = root.Inner("shapes");
  for (int kind = 0; kind < kKinds; ++kind) {
    const std::string name = NameOf(static_cast<Kind>(kind));
    const auto at = static_cast<std::size_t>(kind);
    p.hazard[at] = events.Number(name, 0, 0.05);
    p.shapes[at] = ReadShapes(shapes, name);
  }
  shapes.Done();
  Section focus = events.Inner("focus");
  p.focus = {focus.Share("task"), focus.Share("goal"), focus.Share("bond"), focus.Share("all")};
  if (std::abs(p.focus[0] + p.focus[1] + p.focus[2] + p.focus[3] - 1) > 1e-6) {
    Refuse(events.Where("focus"), "does not sum up to 1");
  }
  focus.Done();
  p.split_rise = events.Number("split_rise", 0, 2);
  events.Done();
}

Parameters Read(const YAML::Node& file) {
  Parameters p;
  Section root(file, "");
  p.seed = root.Get("seed").as<std::uint64_t>();
  p.seeds = root.Count("seeds", 2, 1000);
  p.sessions_a_seed = root.Count("sessions_a_seed", 100, 10'000'000);
  p.tuning_seeds = root.Count("tuning_seeds", 1, 1000);
  p.false_alarms_per_100 = root.Number("false_alarms_per_100", 0.01, 50);
  ReadFamily(root.Inner("family"), p);
  const std::vector<std::pair<std::string, Construct>> parts = {
      {"task", Construct::kTask}, {"goal", Construct::kGoal}, {"bond", Construct::kBond}};
  Section forms = root.Inner("instruments");
  p.pulse_adult = ReadForm(forms.Inner("pulse-adult"), "pulse-adult", parts);
  p.pulse_child = ReadForm(forms.Inner("pulse-child"), "pulse-child", parts);
  p.srs_form = ReadForm(forms.Inner("srs"), "srs", {{"alliance", Construct::kAlliance}});
  forms.Done();
  ReadNoise(root, p);
  p.gaps = ReadShares(root.Inner("gaps"));
  p.isolated = ReadShares(root.Inner("isolated"));
  ReadEvents(root, p);
  root.Done();
  double hazard = 0;
  for (int kind = 0; kind < kKinds; ++kind) hazard += p.hazard[static_cast<std::size_t>(kind)];
  if (hazard * static_cast<double>(p.members.size() * p.helpers.size()) > 0.9) {
    Refuse("events", "are so many that in the largest family more than one would begin at once");
  }
  return p;
}

}  // namespace

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kRuptureSudden:
      return "rupture_sudden";
    case Kind::kRuptureSlow:
      return "rupture_slow";
    case Kind::kSplit:
      return "split";
    case Kind::kIsolation:
      return "isolation";
  }
  return "";
}

absl::StatusOr<Parameters> ReadParameters(const std::string& path) {
  try {
    return Read(YAML::LoadFile(path));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(Concat({path, ": ", error.what()}));
  }
}

}  // namespace rapport::bench
