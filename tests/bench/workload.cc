#include "bench/workload.h"

#include "alliance/instrument_shelf.h"
#include "bench/paper_rating.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <bench/echo.pb.h>
#include <fmt/format.h>
#include <rapport/alliance/v1/alliance_map.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/intake/v1/break_glass.pb.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace rapport::bench {
namespace {

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();
constexpr int kSteps = 70;

// A number that looks random and is the same for the same n.
std::uint64_t Mix(std::uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

Workload Echo(const Tokens& tokens) {
  v1::EchoRequest request;
  request.set_id("5eed0000-0000-4000-8000-000000000001");
  request.set_payload(std::string(45, 'q'));
  request.set_time_us(1'770'000'000'000'000);
  request.set_kind(3);
  return {.path = "/rapport.bench.v1.EchoService/Echo",
          .body = [bytes = request.SerializeAsString()](std::uint64_t) { return bytes; },
          .authorization = [tokens](std::uint64_t n) { return (*tokens)[n % tokens->size()]; },
          .calls = kEndless};
}

// The n-th call of a mix in which `covered` of the calls are covered: -1, or which of the uncovered
// ones it is.
std::int64_t FreshIndex(std::uint64_t n, double covered) {
  const auto fresh_before = [&](std::uint64_t m) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(m) * (1 - covered)));
  };
  return fresh_before(n + 1) > fresh_before(n) ? fresh_before(n) : -1;
}

// Reads about a family. The first calls go once through all families, so that what is to be covered
// is covered after as many calls.
Workload Reads(std::string path, std::vector<std::string> bodies, const Population& population,
               const Tokens& clinicians, const Tokens& supervisors, double covered) {
  const std::uint64_t families = bodies.size();
  std::vector<int> clinician_of;
  for (const auto& family : population.families) clinician_of.push_back(family.clinician);
  struct Picked {
    std::uint64_t family;
    std::int64_t supervisor;  // -1: the family's clinician
  };
  const auto pick = [families, covered](std::uint64_t n) -> Picked {
    if (n < families) return {n, -1};
    const std::int64_t fresh = FreshIndex(n - families, covered);
    if (fresh < 0) return {Mix(n) % families, -1};
    const auto k = static_cast<std::uint64_t>(fresh);
    return {k % families, static_cast<std::int64_t>(k / families)};
  };
  const double fresh_calls = static_cast<double>(supervisors->size() * families);
  return {.path = std::move(path),
          .body = [pick,
                   bodies = std::move(bodies)](std::uint64_t n) { return bodies[pick(n).family]; },
          .authorization =
              [pick, clinicians, supervisors, clinician_of](std::uint64_t n) {
                const Picked picked = pick(n);
                if (picked.supervisor < 0) {
                  return (*clinicians)[static_cast<std::size_t>(clinician_of[picked.family])];
                }
                const auto s = static_cast<std::size_t>(picked.supervisor);
                return (*supervisors)[s % supervisors->size()];
              },
          .warm_up_calls = families,
          .calls = covered >= 1
                       ? kEndless
                       : families + static_cast<std::uint64_t>(fresh_calls / (1 - covered))};
}

// The first page of families, asked by everybody of `whose` in turn.
Workload Lists(const Tokens& whose) {
  intake::v1::ListFamiliesRequest request;
  request.set_page_size(50);
  return {.path = "/rapport.intake.v1.IntakeService/ListFamilies",
          .body = [bytes = request.SerializeAsString()](std::uint64_t) { return bytes; },
          .authorization = [whose](std::uint64_t n) { return (*whose)[n % whose->size()]; },
          .warm_up_calls = whose->size(),
          .calls = kEndless};
}

// New families, each another one.
Workload Creates(const Tokens& whose, std::uint64_t seed) {
  intake::v1::CreateFamilyRequest request;
  request.mutable_family()->set_display_name("Field");
  request.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
  const auto random = std::make_shared<std::mt19937_64>(seed);
  return {.path = "/rapport.intake.v1.IntakeService/CreateFamily",
          .body =
              [request, random](std::uint64_t) mutable {
                request.set_request_id(Uuid(*random));
                return request.SerializeAsString();
              },
          .authorization = [whose](std::uint64_t n) { return (*whose)[n % whose->size()]; },
          .calls = kEndless};
}

// Each time a clinician opens the record of a family that is not theirs, which they may do once an
// hour, and three times a day in all: those before `first` were opened. Numbers of families and
// clinicians without a common divisor give each pair once.
Workload Openings(const Population& population, const Tokens& clinicians, std::uint64_t first,
                  std::uint64_t seed) {
  const std::uint64_t families = population.families.size();
  intake::v1::GrantBreakGlassRequest request;
  request.set_reason("The bench wants to see it now.");
  request.set_minutes(60);
  const auto random = std::make_shared<std::mt19937_64>(seed);
  return {.path = "/rapport.intake.v1.IntakeService/GrantBreakGlass",
          .body =
              [&population, families, first, request, random](std::uint64_t n) mutable {
                request.set_parent(population.families[(first + n) % families].name);
                request.set_request_id(Uuid(*random));
                return request.SerializeAsString();
              },
          .authorization =
              [&population, families, first, clinicians](std::uint64_t n) {
                const std::uint64_t at = first + n, who = at % clinicians->size();
                const auto own =
                    static_cast<std::uint64_t>(population.families[at % families].clinician);
                return (*clinicians)[who == own ? (who + 1) % clinicians->size() : who];
              },
          .calls = 3 * clinicians->size() - first};
}

absl::StatusOr<Workload> Submits(const WorkloadOptions& options, const Population& population,
                                 const Tokens& clinicians) {
  ASSIGN_OR_RETURN(const auto shelf, alliance::InstrumentShelf::Load());
  const auto& instrument = *shelf.Find("instruments/pulse-adult.1");
  std::mt19937_64 random(options.seed);
  std::vector<std::string> bodies;
  std::vector<int> who;
  const std::size_t families = population.families.size();
  for (std::uint64_t n = options.first; n < options.first + options.most; ++n) {
    const auto& family = population.families[n % families];
    const std::size_t slot = n / families, members = family.members.size();
    if (slot / members >= family.unrated_sessions.size()) break;
    bodies.push_back(PaperRating(family, family.members[slot % members],
                                 family.unrated_sessions[slot / members], instrument, kSteps,
                                 Uuid(random))
                         .SerializeAsString());
    who.push_back(family.clinician);
  }
  const std::uint64_t calls = bodies.size();
  return Workload{
      .path = "/rapport.alliance.v1.AllianceService/SubmitRating",
      .body = [bodies = std::move(bodies)](std::uint64_t n) { return bodies[n % bodies.size()]; },
      .authorization =
          [who = std::move(who), clinicians](std::uint64_t n) {
            return (*clinicians)[static_cast<std::size_t>(who[n % who.size()])];
          },
      .calls = calls};
}

}  // namespace

absl::StatusOr<Workload> MakeWorkload(const WorkloadOptions& options,
                                      const Population& population) {
  ASSIGN_OR_RETURN(const Tokens clinicians,
                   LoadTokens(options.tokens, "clinician", options.clinicians));
  ASSIGN_OR_RETURN(const Tokens supervisors,
                   LoadTokens(options.tokens, "supervisor", options.supervisors));
  if (options.kind == "echo") return Echo(clinicians);
  if (population.families.empty()) return absl::InvalidArgumentError("an empty population");
  if (options.kind == "submit") return Submits(options, population, clinicians);
  std::vector<std::string> bodies;
  if (options.kind == "map") {
    for (const auto& family : population.families) {
      alliance::v1::GetAllianceMapRequest request;
      request.set_parent(family.name);
      bodies.push_back(request.SerializeAsString());
    }
    return Reads("/rapport.alliance.v1.AllianceService/GetAllianceMap", std::move(bodies),
                 population, clinicians, supervisors, options.covered);
  }
  if (options.kind == "roster") {
    for (const auto& family : population.families) {
      intake::v1::GetRosterRequest request;
      request.set_name(family.name);
      bodies.push_back(request.SerializeAsString());
    }
    return Reads("/rapport.intake.v1.IntakeService/GetRoster", std::move(bodies), population,
                 clinicians, supervisors, 1);
  }
  if (options.kind == "family") {
    for (const auto& family : population.families) {
      intake::v1::GetFamilyRequest request;
      request.set_name(family.name);
      bodies.push_back(request.SerializeAsString());
    }
    return Reads("/rapport.intake.v1.IntakeService/GetFamily", std::move(bodies), population,
                 clinicians, supervisors, 1);
  }
  if (options.kind == "create") return Creates(clinicians, options.seed);
  if (options.kind == "break-glass") {
    return Openings(population, clinicians, options.first, options.seed);
  }
  if (options.kind == "families") return Lists(clinicians);
  if (options.kind == "all-families") {
    ASSIGN_OR_RETURN(const Tokens admins, LoadTokens(options.tokens, "admin", 1));
    return Lists(admins);
  }
  return absl::InvalidArgumentError(Absl("no workload is called " + options.kind));
}

}  // namespace rapport::bench
