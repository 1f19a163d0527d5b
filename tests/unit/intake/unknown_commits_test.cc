// Commits of which nobody learns whether they were done: no decision rests on facts of before.
#include "support/faulty_db.h"
#include "support/meddled_db.h"
#include "unit/intake/systems_fixture.h"

#include <memory>

namespace rapport::intake {
namespace {

using testing::SizeIs;

// Whether a commit of which nobody hears was done.
class UnknownCommitsTest : public SystemsServiceTest, public testing::WithParamInterface<bool> {
 protected:
  bool was_done() const { return GetParam(); }

  // Whoever asks is given a copy that the process has; then nobody hears what became of the change.
  template <typename Response, typename Request>
  void ChangeUnheard(Call&& call,
                     IntakeService::Answer<Response> (IntakeService::*use_case)(CallContext&,
                                                                                const Request&),
                     const Request& request) {
    const auto before = Facts(family_);
    ASSERT_EQ(Facts(family_), before);
    const absl::StatusOr<Response> changed = RunSync((unsure_service_.*use_case)(call, request));
    EXPECT_TRUE(db::IsCommitUnknown(changed.status())) << changed.status();
    EXPECT_NE(Facts(family_), before);
  }

  const std::string sam_ = NewProfessional("Sam Sample", "sam").name();
  support::FaultyDb unsure_{std::make_unique<support::MeddledDb>(*store_.db, [](int) {}),
                            {.lost_reply = was_done() ? 1.0 : 0.0, .lost = was_done() ? 0.0 : 1.0}};
  records::Records unsure_records_{
      {.service = "intake", .suite = &store_.suite, .outbox = store_.outbox.get()},
      unsure_,
      *store_.keys,
      *store_.chain};
  const records::ServiceDeps unsure_deps_{unsure_,      unsure_records_, ids_,    etags_,
                                          store_.suite, store_.clock,    access_, caches_};
  IntakeFacts unsure_facts_{unsure_deps_, cache_};
  IntakeService unsure_service_{unsure_deps_, [this](std::string_view) { return rules_; }};
};

TEST_P(UnknownCommitsTest, AMemberMayHaveLeft) {
  v1::EndMembershipRequest end;
  const v1::Member son = NewMember(family_, "Tom Example", 2014);
  end.set_name(son.name());
  end.set_etag(son.etag());
  end.set_reason("moved away");
  store_.clock.Advance(std::chrono::hours(1));
  ChangeUnheard(Staff(family_), &IntakeService::EndMembership, end);
  EXPECT_EQ(Facts(family_)->members.at(1).period.to_us, was_done() ? store_.clock.NowMicros() : 0);
}

TEST_P(UnknownCommitsTest, AHelperMayHaveLeft) {
  v1::LeaveTherapistSystemRequest leave;
  leave.set_name(helper_.name());
  leave.set_etag(helper_.etag());
  leave.set_reason("Parental leave.");
  store_.clock.Advance(std::chrono::hours(1));
  ChangeUnheard(Staff(family_), &IntakeService::LeaveTherapistSystem, leave);
  EXPECT_EQ(Facts(family_)->helpers.at(0).period.to_us, was_done() ? store_.clock.NowMicros() : 0);
}

// In no record of the family.
TEST_P(UnknownCommitsTest, AHelperMayHaveASupervisor) {
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam_);
  assign.mutable_supervision()->set_supervisee(anna_.name());
  ChangeUnheard(Staff(), &IntakeService::AssignSupervisor, assign);
  EXPECT_THAT(Facts(family_)->supervisors, SizeIs(was_done() ? 1 : 0));
}

TEST_P(UnknownCommitsTest, AHelperMayHaveAnotherAccount) {
  v1::LinkAccountRequest link;
  link.set_resource(anna_.name());
  link.set_subject("anna.at.home");
  ChangeUnheard(Staff(), &IntakeService::LinkAccount, link);
  EXPECT_THAT(Facts(family_)->helpers.at(0).subjects, SizeIs(was_done() ? 2 : 1));
}

INSTANTIATE_TEST_SUITE_P(Outcomes, UnknownCommitsTest, testing::Bool(),
                         [](const auto& outcome) { return outcome.param ? "Done" : "NotDone"; });

}  // namespace
}  // namespace rapport::intake
