// A pipeline that checks calls of one method of a family, over an intake that a test answers for.
#pragma once

#include "platform/crypto/public_ids.h"
#include "platform/rpc/pipeline.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace rapport::rpc {

inline const std::string kFamily(16, 'f');

// Intake's answer, and a copy of an earlier one. Null: no such family, or no copy.
class CopyAndTruth final : public FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness freshness) override {
    return freshness == options::v1::FRESHNESS_NOW ? nullptr : copy;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    ++asked;
    if (!reachable) co_return schema::Refused(schema::reasons::kDependencyUnavailable);
    co_return truth;
  }
  void Forget(std::string_view, std::string_view) override {}

  Facts copy, truth;
  bool reachable = true;
  int asked = 0;
};

// Tests set the method's policy and `Learn` it.
class PipelineFixture : public testing::Test {
 protected:
  void Grant(options::v1::Role role, options::v1::Relation relation) {
    method_.policy.grants.emplace_back();
    method_.policy.grants.back().set_role(role);
    method_.policy.grants.back().set_relation(relation);
  }
  void Learn() { pipeline_.Learn(method_); }
  // A call of `subject` with `role` about the family; `self`: of which member it says it is.
  absl::StatusOr<Access> CheckOf(const std::string& subject, int role,
                                 const std::string& self = "") {
    support::TestCall call("harbour", subject);
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = {};
    principal->roles.Add(role);
    call.principal = principal;
    return RunSync(pipeline_.Check(call, method_.full_name, kFamily, self));
  }

  support::ServiceStore store_;
  crypto::PublicIds public_ids_{store_.suite};
  schema::PublicIdCodec ids_{public_ids_};
  CopyAndTruth facts_;
  audit::Refusals refusals_{*store_.db, *store_.keys, *store_.chain, store_.clock, store_.machine};
  Method method_;
  Pipeline pipeline_{{.facts = &facts_,
                      .answers = store_.answers.get(),
                      .disclosures = store_.disclosures.get(),
                      .refusals = &refusals_,
                      .ids = &ids_,
                      .clock = &store_.clock}};
};

}  // namespace rapport::rpc
