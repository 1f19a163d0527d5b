// The list of one's own families when they are very many: in order, complete, and a page reads
// a part of them.
#include "intake_fixture.h"
#include "support/counting_db.h"

#include <rapport/internal/v1/intake_records.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <google/protobuf/empty.pb.h>

#include <map>

namespace rapport::intake {
namespace {

constexpr int kMany = 1'100;  // more than are read one by one

class OwnFamiliesTest : public IntakeTest {
 protected:
  OwnFamiliesTest() {
    for (int i = 0; i < kMany;) {
      Call call = Staff();
      call.request_id.clear();
      records::Changes changes(call, 1);
      for (int k = 0; k < 550; ++k, ++i) {
        AddFamily(Id(i), i, changes);
        internal::v1::StoredCaseloadEntry entry;
        entry.set_family(Id(i));
        entry.set_from_us(1);
        records::Record place{.kind = kCaseloadEntry, .family = sam_, .id = Id(i)};
        changes.Create(records::With(std::move(place), entry));
      }
      AddFamily(Id(kMany + i), i, changes);  // somebody else's
      EXPECT_TRUE(
          RunSync(deps_.records.Commit(call, std::move(changes), google::protobuf::Empty())).ok());
    }
  }
  static std::string Id(int i) { return support::TestId(std::to_string(10'000 + i)); }
  void AddFamily(const std::string& id, std::int64_t at_us, records::Changes& changes) {
    internal::v1::StoredFamily stored;
    stored.mutable_family()->set_name(names_.Family(id));
    stored.mutable_family()->set_state(v1::FAMILY_STATE_OPEN);
    // In an emergency, so that several things are due in each.
    const auto later = schema::ToTimestamp(support::kMonday + 3'600'000'000);
    *stored.mutable_family()->mutable_emergency()->mutable_expire_time() = later;
    *stored.mutable_family()->mutable_reassessment_due_time() = later;
    records::Record record{.kind = kFamily, .family = id, .id = id};
    record.state = v1::FAMILY_STATE_OPEN;
    record.sort_us = at_us;
    changes.Create(records::With(std::move(record), stored));
  }
  v1::ListFamiliesResponse Page(const std::string& token) {
    v1::ListFamiliesRequest request;
    request.set_page_size(300);
    request.set_page_token(token);
    request.set_order_by("create_time");
    Call call(*this, "sam", "", Viewer::kAgency);
    auto page = RunSync(counting_service_.ListFamilies(call, request));
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : v1::ListFamiliesResponse();
  }

  const std::string sam_ =
      names_.ReadProfessional(NewProfessional("Sam Sample", "sam").name()).value();
  support::CountingDb counted_{*store_.db};
  const records::ServiceDeps counting_deps_{counted_,     *store_.records, ids_,    etags_,
                                            store_.suite, store_.clock,    access_, caches_};
  IntakeService counting_service_{counting_deps_, [this](std::string_view) { return rules_; }};
};

TEST_F(OwnFamiliesTest, I1AreListedOnceEachInOrderAndAPageReadsAPartOfThem) {
  std::vector<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const std::int64_t before = counted_.rows();
    const v1::ListFamiliesResponse page = Page(token);
    ASSERT_LT(++pages, 10);
    // Which they are, and little more than what is shown.
    EXPECT_LT(counted_.rows() - before, kMany + 2 * 300 + 20);
    for (const v1::Family& family : page.families()) seen.push_back(family.name());
    token = page.next_page_token();
  } while (!token.empty());
  std::vector<std::string> wanted;
  for (int i = 0; i < kMany; ++i) wanted.push_back(names_.Family(Id(i)));
  EXPECT_EQ(seen, wanted);
}

TEST_F(OwnFamiliesTest, I6WhatIsDueInThemGoesCaseByCaseAndAPageReadsAPartOfThem) {
  std::map<std::string, int> due;
  v1::ListDueWorkRequest request;
  request.set_page_size(200);
  int pages = 0;
  do {
    const std::int64_t before = counted_.rows();
    Call call(*this, "sam", "", Viewer::kAgency);
    auto page = RunSync(counting_service_.ListDueWork(call, request));
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LT(++pages, 100);
    EXPECT_LE(page->entries_size(), 200);
    EXPECT_LT(counted_.rows() - before, kMany + 3 * 250 + 20);
    for (const v1::WorklistEntry& entry : page->entries()) ++due[entry.family()];
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(due.size(), static_cast<std::size_t>(kMany));
  EXPECT_GT(due[names_.Family(Id(0))], 1);
  for (int i = 0; i < kMany; ++i) {
    EXPECT_EQ(due[names_.Family(Id(i))], due[names_.Family(Id(0))]) << "as in every case";
  }
}

// Over the years somebody supervises many people, a trainee each half year.
TEST_F(IntakeTest, I3_WhomSomebodySupervisesAfterAThousandOthersIsTheirs) {
  const v1::Professional sam = NewProfessional("Sam Sample", "sam");
  const v1::Professional anna = NewProfessional("Anna Sample", "anna");
  const std::string supervisor = names_.ReadProfessional(sam.name()).value();
  for (int i = 0; i < kMany;) {
    Call call = Staff();
    call.request_id.clear();
    records::Changes changes(call, 1);
    for (int k = 0; k < 550; ++k, ++i) {
      v1::Supervision ended;
      ended.set_supervisor(sam.name());
      ended.set_supervisee(anna.name());
      ended.mutable_start_time()->set_seconds(1);
      ended.mutable_end_time()->set_seconds(2);
      records::Record record{.kind = kSupervision,
                             .id = support::TestId(std::to_string(10'000 + i)),
                             .parent = supervisor,
                             .sort_us = i};
      changes.Create(records::With(std::move(record), ended));
    }
    ASSERT_TRUE(
        RunSync(deps_.records.Commit(call, std::move(changes), google::protobuf::Empty())).ok());
  }
  const std::string family = NewFamily().name();
  Join(family, anna.name());
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam.name());
  assign.mutable_supervision()->set_supervisee(anna.name());
  Do(Staff(), &IntakeService::AssignSupervisor, assign);
  store_.clock.Advance(std::chrono::hours(1));
  Call call(*this, "sam", "", Viewer::kAgency);
  Principal caller = *call.principal;
  caller.roles.Add(options::v1::ROLE_SUPERVISOR);
  call.principal = std::make_shared<const Principal>(std::move(caller));
  const auto listed = Do(std::move(call), &IntakeService::ListFamilies, v1::ListFamiliesRequest());
  ASSERT_EQ(listed.families_size(), 1);
  EXPECT_EQ(listed.families(0).name(), family);
}

}  // namespace
}  // namespace rapport::intake
