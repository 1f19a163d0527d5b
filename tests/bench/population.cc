#include "bench/population.h"

#include "platform/base/strings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace rapport::bench {

using nlohmann::json;

absl::Status Save(const Population& population, const std::string& path) {
  json families = json::array();
  for (const Population::Family& family : population.families) {
    families.push_back({{"name", family.name},
                        {"clinician", family.clinician},
                        {"professional", family.professional},
                        {"members", family.members},
                        {"unrated", family.unrated_sessions}});
  }
  std::ofstream out(path);
  out << families;
  return out.flush() ? absl::OkStatus() : absl::UnavailableError(Absl("cannot write " + path));
}

absl::StatusOr<Population> LoadPopulation(const std::string& path) {
  std::ifstream in(path);
  const json families = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!families.is_array()) return absl::InvalidArgumentError(Absl("no population in " + path));
  Population population;
  for (const json& family : families) {
    population.families.push_back({.name = family.at("name"),
                                   .clinician = family.at("clinician"),
                                   .professional = family.at("professional"),
                                   .members = family.at("members"),
                                   .unrated_sessions = family.at("unrated")});
  }
  return population;
}

absl::StatusOr<Tokens> LoadTokens(const std::string& folder, const std::string& who, int count) {
  auto tokens = std::make_shared<std::vector<std::string>>();
  for (int i = 0; i < count; ++i) {
    const std::string path = fmt::format("{}/{}-{}.jwt", folder, who, i);
    std::ifstream in(path);
    std::string token;
    if (!(in >> token)) return absl::InvalidArgumentError(Absl("no token in " + path));
    tokens->push_back("Bearer " + token);
  }
  return tokens;
}

}  // namespace rapport::bench
