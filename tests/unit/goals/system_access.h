// Access of another system, which asks about the whole agency.
#pragma once

#include "goals_fixture.h"

#include <memory>
#include <string>
#include <utility>

namespace rapport::goals {

// Lets another system into every family with that family's facts.
class SystemAccess final : public AccessChecker {
 public:
  explicit SystemAccess(const AccessFacts& facts) : facts_(facts) {}
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string family,
                                     std::string) override {
    if (family != facts_.family) co_return schema::NotFound();
    Access access;
    access.viewer = Viewer::kAgency;
    access.family = std::move(family);
    access.facts = std::make_shared<AccessFacts>(facts_);
    co_return access;
  }

 private:
  const AccessFacts& facts_;
};

}  // namespace rapport::goals
