// seed: fills a state folder for a bench run. Intake must be running (its people come through its
// public RPCs); alliance must not (its ratings are written into its files). Writes the population
// file that call_load reads.
#include "bench/seed_people.h"
#include "bench/seed_ratings.h"
#include "platform/base/status_macros.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace rapport::bench {
namespace {

struct Options {
  PeopleOptions people;
  RatingsOptions ratings;
  std::string out;
};

absl::Status Seed(const Options& options) {
  ASSIGN_OR_RETURN(Population population, SeedPeople(options.people));
  RETURN_IF_ERROR(SeedRatings(options.ratings, population));
  return Save(population, options.out);
}

}  // namespace
}  // namespace rapport::bench

int main(int argc, char** argv) {
  rapport::bench::Options options;
  CLI::App app("Fills a state folder for a bench run.");
  app.add_option("--intake", options.people.intake)->required();
  app.add_option("--authority", options.people.authority_file)->required();
  app.add_option("--token", options.people.token, "An administrator's, with its scheme")
      ->required();
  app.add_option("--families", options.people.families)->required();
  app.add_option("--clinicians", options.people.clinicians)->required();
  app.add_option("--supervisors", options.people.supervisors);
  app.add_option("--renames", options.people.renames, "Earlier versions of each family");
  app.add_option("--agency", options.ratings.agency)->required();
  app.add_option("--suite-secret", options.ratings.suite_secret)->required();
  app.add_option("--kek", options.ratings.key_encryption_key, "Alliance's")->required();
  app.add_option("--database", options.ratings.database, "Alliance's")->required();
  app.add_option("--keys-database", options.ratings.keys_database, "Alliance's")->required();
  app.add_option("--rated", options.ratings.rated_sessions, "Sessions a family")->required();
  app.add_option("--unrated", options.ratings.unrated_sessions, "Sessions a family")->required();
  app.add_option("--out", options.out, "The population file")->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status seeded = rapport::bench::Seed(options);
  if (seeded.ok()) return 0;
  std::fprintf(stderr, "seed: %s\n", seeded.ToString().c_str());
  return 1;
}
