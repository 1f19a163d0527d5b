// Parameters for tests of the judge: the shipped ones, and smaller worlds made from them.
#pragma once

#include "bench/signals/parameters.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace rapport::bench {

inline std::string ParametersFile(const std::string& name) {
  const char* source = std::getenv("RAPPORT_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/tests/bench/signals/" + name;
}

inline Parameters Shipped(const std::string& name = "default.yaml") {
  auto parameters = ReadParameters(ParametersFile(name));
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  return *parameters;
}

// The default with small families and few days, so that a test has many of them in a second.
inline Parameters Small() {
  Parameters p = Shipped();
  p.members = {0.3, 0.4, 0.3};
  p.helpers = {0.8, 0.2};
  p.sessions_most = 16;
  return p;
}

// The first simulation of issue 4: one rater of the SRS, normal scores, alpha the only error, and
// ruptures of 0.5 to 2.5 SD that come at once and stay.
inline Parameters FirstSimulation() {
  Parameters p = Shipped();
  p.members = {1};
  p.helpers = {1};
  p.children = p.ceiling_raters = p.no_event = 0;
  p.srs = 1;
  p.sessions_least = 10;
  p.sessions_most = 16;
  p.levels = {};
  p.levels.rater = 1 - p.srs_form.error[0];
  p.days = {.family = 0, .rater = 0, .odd = 0, .odd_factor = 1};
  p.gaps.absent = p.gaps.skipped = 0.001;
  p.first_session = 6;
  p.hazard = {0.03, 0, 0, 0};
  p.shapes[0] = {{.weight = 1, .effect = {1}}};
  return p;
}

}  // namespace rapport::bench
