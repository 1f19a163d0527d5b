// I11: a family is erased from all four services, nothing readable is left in any file, and no
// backup brings it back.
#include "integration/demo_suite.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/audit/v1/audit_service.pb.h>
#include <rapport/goals/v1/goals_service.pb.h>
#include <rapport/intake/v1/erasure.pb.h>

#include <filesystem>
#include <sstream>
#include <vector>

namespace rapport::integration {
namespace {

namespace fs = std::filesystem;
using support::Eventually;
using support::Reply;

// Words of the family as the demo's case has them. They are in no file of a service at any time, so
// a scan for them says something only together with the keys being gone.
constexpr const char* kWords[] = {"Mira Example", "Tom Example", "shuts himself in",
                                  "Nobody asks me anything", "has not been at school"};

class ErasureI11 : public DemoSuite {
 protected:
  void Prepare() {
    suite_.AddPerson("ulf", {"admin"});
    suite_.AddPerson("paul", {"privacy_officer"});
    Play();
    intake::v1::GetFamilyRequest get;
    get.set_name(family_);
    intake::v1::TransitionFamilyRequest close;
    close.set_name(family_);
    close.set_to_state(intake::v1::FAMILY_STATE_CLOSED);
    close.set_ending(intake::v1::CASE_ENDING_MOVED);
    close.set_reason("to another town");
    close.set_etag(Get<intake::v1::GetFamilyResponse>("anna", Concat({kIntake, "GetFamily"}), get)
                       .family()
                       .etag());
    close.set_request_id(support::NewUuid());
    Get<intake::v1::TransitionFamilyResponse>("anna", Concat({kIntake, "TransitionFamily"}), close);
  }

  Reply Ask() {
    intake::v1::EraseFamilyRequest request;
    request.set_name(family_);
    request.set_reason(intake::v1::ERASURE_REASON_RETENTION_OVER);
    request.set_request_id(support::NewUuid());
    return suite_.Call("ida", Concat({kIntake, "EraseFamily"}), request);
  }
  intake::v1::Erasure Approve(const intake::v1::Erasure& erasure) {
    intake::v1::ApproveErasureRequest request;
    request.set_name(erasure.name());
    request.set_etag(erasure.etag());
    request.set_request_id(support::NewUuid());
    return Get<intake::v1::ApproveErasureResponse>("ulf", Concat({kIntake, "ApproveErasure"}),
                                                   request)
        .erasure();
  }
  intake::v1::Erasure Status(const std::string& name) {
    intake::v1::GetErasureRequest request;
    request.set_name(name);
    return Get<intake::v1::GetErasureResponse>("ida", Concat({kIntake, "GetErasure"}), request)
        .erasure();
  }
  intake::v1::Erasure AskAndApprove() {
    const Reply asked = Ask();
    EXPECT_TRUE(asked.ok()) << asked.Text();
    intake::v1::EraseFamilyResponse response;
    EXPECT_TRUE(response.ParseFromString(asked.body));
    return Approve(response.erasure());
  }
  void AwaitDone(const std::string& erasure) {
    EXPECT_TRUE(Eventually([&] {
      return Status(erasure).state() == intake::v1::ERASURE_STATE_DONE;
    })) << Status(erasure).DebugString();
  }

  // One read of each service about the family `name`.
  std::vector<Reply> ReadsOf(const std::string& name) {
    intake::v1::GetFamilyRequest family;
    family.set_name(name);
    notes::v1::ListSessionsRequest sessions;
    sessions.set_parent(name);
    goals::v1::ListGoalsRequest goals;
    goals.set_parent(name);
    alliance::v1::GetAllianceMapRequest map;
    map.set_parent(name);
    return {suite_.Call("anna", Concat({kIntake, "GetFamily"}), family),
            suite_.Call("anna", Concat({kNotes, "ListSessions"}), sessions),
            suite_.Call("anna", "rapport.goals.v1.GoalsService/ListGoals", goals),
            suite_.Call("anna", Concat({kAlliance, "GetAllianceMap"}), map)};
  }
  void ExpectUnknown() {
    const std::vector<Reply> unknown = ReadsOf(Concat({"families/", std::string(32, 'a')}));
    // Facts may be known for a few seconds at the others.
    EXPECT_TRUE(Eventually([&] {
      for (const Reply& reply : ReadsOf(family_)) {
        if (reply.reason() != "NOT_FOUND") return false;
      }
      return true;
    }));
    const std::vector<Reply> erased = ReadsOf(family_);
    ASSERT_EQ(erased.size(), unknown.size());
    for (std::size_t i = 0; i < erased.size(); ++i) {
      EXPECT_EQ(erased[i].code, unknown[i].code) << i;
      EXPECT_EQ(erased[i].message, unknown[i].message) << i;
      EXPECT_EQ(erased[i].details, unknown[i].details) << i;
    }
  }

  // Every file of the installation, and what Redis holds.
  std::string EverythingStored() {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(suite_.folder())) {
      if (entry.is_regular_file()) all += ReadText(entry.path().string());
    }
    std::istringstream keys(suite_.redis().Run({"KEYS", "*"}));
    for (std::string key; std::getline(keys, key);) {
      all += Concat({key, "\n", suite_.redis().Run({"DUMP", key})});
    }
    return all;
  }

  static bool IsDatabase(const fs::path& path) {
    return path.filename().string().find(".db") != std::string::npos &&
           path.extension() != ".erased" && path.extension() != ".lock";
  }
  std::vector<fs::path> Databases() {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(suite_.folder())) {
      if (entry.is_regular_file() && IsDatabase(entry.path())) all.push_back(entry.path());
    }
    return all;
  }
  void StopAll() {
    for (const std::string& service : support::BuiltServices()) EXPECT_EQ(suite_.Stop(service), 0);
  }
  // Lines of intake's trail that the start wrote about erasing again.
  int ErasedAgain() {
    audit::v1::ListAuditEventsRequest request;
    request.set_filter("action = \"family.erase\" AND method = \"rapport.runtime/EraseAgain\"");
    return Get<audit::v1::ListAuditEventsResponse>("audrey", Concat({kAudit, "ListAuditEvents"}),
                                                   request)
        .events_size();
  }
};

TEST_F(ErasureI11, LeavesNothingReadableAndNoBackupBringsTheFamilyBack) {
  Prepare();
  EXPECT_EQ(Ask().reason(), "ERASURE_REFUSED") << "kept by law for years";
  StopAll();
  const ScratchFolder backup;
  for (const fs::path& path : Databases()) {
    fs::copy_file(path, backup / path.filename().string());
  }
  ASSERT_GE(Databases().size(), 8u) << "data and keys of four services";
  suite_.StartAll();
  suite_.SetClock("2075-01-01T08:00:00Z");
  for (const Reply& reply : ReadsOf(family_)) ASSERT_TRUE(reply.ok()) << reply.Text();

  const intake::v1::Erasure erasure = AskAndApprove();
  AwaitDone(erasure.name());
  ExpectUnknown();
  const std::string stored = EverythingStored();
  for (const char* words : kWords) EXPECT_EQ(stored.find(words), std::string::npos) << words;

  // Who saw the family's records stays known, under its pseudonym.
  audit::v1::GetDisclosuresRequest disclosures;
  disclosures.set_subject(family_);
  EXPECT_GT(Get<audit::v1::GetDisclosuresResponse>("paul", Concat({kAudit, "GetDisclosures"}),
                                                   disclosures)
                .disclosures_size(),
            0);

  // The backup of before, keys included.
  StopAll();
  for (const fs::path& path : Databases()) fs::remove(path);
  for (const auto& entry : fs::directory_iterator(backup.path())) {
    for (const std::string& service : support::BuiltServices()) {
      const fs::path folder = fs::path(suite_.Database(service)).parent_path();
      if (entry.path().filename().string().starts_with(service)) {
        fs::copy_file(entry.path(), folder / entry.path().filename());
      }
    }
  }
  suite_.StartAll();
  EXPECT_EQ(ErasedAgain(), 1);
  ExpectUnknown();
  const std::string restored = EverythingStored();
  for (const char* words : kWords) EXPECT_EQ(restored.find(words), std::string::npos) << words;
}

TEST_F(ErasureI11, AServiceThatIsAwayIsWaitedForAndErasesWhenItIsBack) {
  Prepare();
  suite_.SetClock("2075-01-01T08:00:00Z");
  suite_.Kill("goals");
  const intake::v1::Erasure erasure = AskAndApprove();
  const auto done = [&](std::string_view service) {
    const intake::v1::Erasure now = Status(erasure.name());
    for (const auto& one : now.services()) {
      if (one.service() == service) return one.has_done_time();
    }
    return false;
  };
  EXPECT_TRUE(Eventually([&] { return done("intake") && done("notes") && done("alliance"); }));
  EXPECT_FALSE(done("goals"));
  EXPECT_EQ(Status(erasure.name()).state(), intake::v1::ERASURE_STATE_APPROVED);
  // The decision survives a crash of the one that decided.
  suite_.Kill("intake");
  suite_.Start("intake");
  suite_.Start("goals");
  AwaitDone(erasure.name());
  ExpectUnknown();
}

}  // namespace
}  // namespace rapport::integration
