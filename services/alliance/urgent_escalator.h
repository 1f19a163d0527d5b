// UrgentEscalator: puts open urgent tasks before more people when their time has come.
//
// The process calls it once a second for each agency; what is due is read from the database, so
// that a restart delays it and forgets nothing, and of several replicas one writes. Who works with
// the family by now it sees where this process knows it, and never waits for. Thread-safe.
#pragma once

#include "alliance/urgent_task.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_source.h"

#include <absl/status/status.h>

#include <string_view>
#include <utility>

namespace rapport::alliance {

class UrgentEscalator {
 public:
  // `facts` must outlive it.
  UrgentEscalator(const records::ServiceDeps& deps, rpc::FactsSource& facts,
                  UrgentSettingsOf settings)
      : deps_(deps), facts_(facts), settings_(std::move(settings)) {}

  // Every open task of the agency whose time has come takes one step. Blocks; on threads that serve
  // no executor only.
  absl::Status Round(std::string_view agency) const;

 private:
  const records::ServiceDeps deps_;
  rpc::FactsSource& facts_;
  const UrgentSettingsOf settings_;
};

}  // namespace rapport::alliance
