// The agency's directory for other systems: what of it the change feed tells, and how the one that
// a change names is read.
#include "platform/records/change_feed.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class X13Directory : public IntakeTest {
 protected:
  // What changed since it was asked last.
  std::vector<std::string> Changed(int type) {
    const records::ChangeFeed feed("intake", *store_.outbox, store_.suite);
    std::vector<std::string> resources;
    const absl::Status read = store_.Read([&](db::Tx& tx) -> absl::Status {
      resources.clear();
      ASSIGN_OR_RETURN(const auto page, feed.After(tx, kAgency, place_, {{type}}, 1'000));
      for (const auto& entry : page.entries) {
        EXPECT_THAT(entry.family, IsEmpty());
        resources.push_back(entry.envelope.resource());
        versions_.push_back(entry.envelope.version());
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return resources;
  }
  std::vector<std::string> Professionals() {
    return Changed(internal::v1::EVENT_TYPE_PROFESSIONAL_CHANGED);
  }
  std::vector<std::string> Supervisions() {
    return Changed(internal::v1::EVENT_TYPE_SUPERVISION_CHANGED);
  }
  v1::Supervision Assign(const std::string& supervisor, const std::string& supervisee) {
    v1::AssignSupervisorRequest request;
    request.mutable_supervision()->set_supervisor(supervisor);
    request.mutable_supervision()->set_supervisee(supervisee);
    return Do(Staff(), &IntakeService::AssignSupervisor, request).supervision();
  }

  std::optional<records::ChangeFeed::Place> place_;
  std::vector<std::int64_t> versions_;
};

TEST_F(X13Directory, WhoIsNewRenamedOrLeftIsAChange) {
  const v1::Professional anna = NewProfessional("Anna Sample");
  EXPECT_THAT(Professionals(), ElementsAre(anna.name()));
  v1::UpdateProfessionalRequest update;
  *update.mutable_professional() = anna;
  update.mutable_professional()->set_display_name("Anna Sample-Example");
  update.mutable_update_mask()->add_paths("display_name");
  update.set_etag(anna.etag());
  const auto renamed = Do(Staff(), &IntakeService::UpdateProfessional, update).professional();
  update.mutable_professional()->set_inactive(true);
  *update.mutable_update_mask()->mutable_paths(0) = "inactive";
  update.set_etag(renamed.etag());
  const auto left = Do(Staff(), &IntakeService::UpdateProfessional, update).professional();
  versions_.clear();
  ASSERT_THAT(Professionals(), ElementsAre(anna.name(), anna.name(), anna.name()));
  EXPECT_EQ(etags_.Show(kAgency, *names_.ReadProfessional(anna.name()), versions_.back()),
            left.etag())
      << "by the etag a reader knows that they have read it";
}

TEST_F(X13Directory, WhoMaySignInIsAChange) {
  const std::string anna = NewProfessional("Anna Sample", "anna").name();
  v1::UnlinkAccountRequest unlink;
  unlink.set_resource(anna);
  Do(Staff(), &IntakeService::UnlinkAccount, unlink);
  EXPECT_THAT(Professionals(), ElementsAre(anna, anna, anna));
}

TEST_F(X13Directory, WhoSupervisesWhomIsAChange) {
  const std::string anna = NewProfessional("Anna Sample").name();
  const std::string sam = NewProfessional("Sam Sample").name();
  const v1::Supervision supervision = Assign(sam, anna);
  EXPECT_THAT(Supervisions(), ElementsAre(supervision.name()));
  v1::EndSupervisionRequest end;
  end.set_name(supervision.name());
  end.set_etag(supervision.etag());
  Do(Staff(), &IntakeService::EndSupervision, end);
  EXPECT_THAT(Supervisions(), ElementsAre(supervision.name(), supervision.name()));
}

TEST_F(X13Directory, TheOneThatAChangeNamesIsReadByItsName) {
  const std::string anna = NewProfessional("Anna Sample").name();
  const std::string sam = NewProfessional("Sam Sample").name();
  Assign(sam, NewProfessional("Ben Sample").name());
  const std::string supervision = Assign(sam, anna).name();
  v1::ListProfessionalsRequest who;
  who.set_filter("name = \"" + anna + "\"");
  const auto people = Do(Staff(), &IntakeService::ListProfessionals, who).professionals();
  ASSERT_EQ(people.size(), 1);
  EXPECT_EQ(people.Get(0).display_name(), "Anna Sample");
  v1::ListSupervisionsRequest which;
  which.set_filter("name = \"" + supervision + "\"");
  const auto found = Do(Staff(), &IntakeService::ListSupervisions, which).supervisions();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found.Get(0).supervisee(), anna);
}

}  // namespace
}  // namespace rapport::intake
