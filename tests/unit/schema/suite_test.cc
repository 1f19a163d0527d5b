// The suite's own protos: what schema needs of them to do its work on every method and field.
#include "platform/schema/message_rules.h"
#include "platform/schema/method_table.h"
#include "platform/schema/names.h"
#include "platform/schema/validate.h"

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace rapport::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

// Every proto file of ours, by the tree and not by a list that somebody could forget.
std::vector<const FileDescriptor*> Files() {
  const char* source = std::getenv("RAPPORT_SOURCE");
  EXPECT_NE(source, nullptr) << "run by ctest";
  std::vector<const FileDescriptor*> files;
  const std::filesystem::path protos = std::filesystem::path(source ? source : ".") / "protos";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(protos / "rapport")) {
    if (entry.path().extension() != ".proto") continue;
    const std::string name = std::filesystem::relative(entry.path(), protos);
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name << " is not built";
    if (file != nullptr) files.push_back(file);
  }
  EXPECT_GT(files.size(), 20u);
  return files;
}

void ForEachMessage(const std::function<void(const Descriptor*)>& visit) {
  const std::function<void(const Descriptor*)> walk = [&](const Descriptor* type) {
    visit(type);
    for (int i = 0; i < type->nested_type_count(); ++i) walk(type->nested_type(i));
  };
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) walk(file->message_type(i));
  }
}

TEST(SuiteTest, EveryMethodHasARightPolicy) {
  int methods = 0;
  for (const FileDescriptor* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const auto policy = PolicyOf(file->service(s)->method(m));
        EXPECT_TRUE(policy.ok()) << policy.status();
      }
    }
  }
  EXPECT_GT(methods, 50);
}

// What a list has no use for, and why. Everything else has all four.
const std::map<std::string, std::set<std::string>>& NotOffered() {
  // Versions of one resource, in the order in which they came to be, which is what they are read
  // for.
  static const std::set<std::string> versions = {"filter", "order_by"};
  // Windows of time are the query, and what reminds by them takes all that is in one, as it is due.
  static const std::set<std::string> windows = {"filter", "order_by"};
  static const auto* const lists = new std::map<std::string, std::set<std::string>>{
      {"alliance.v1.ListRatingRevisionsRequest", versions},
      {"alliance.v1.ListSignalRevisionsRequest", versions},
      {"alliance.v1.ListDutyRevisionsRequest", versions},
      {"alliance.v1.ListSignalFiguresRequest", versions},
      {"goals.v1.ListPlanRevisionsRequest", versions},
      {"intake.v1.ListCaseRevisionsRequest", versions},
      {"intake.v1.ListAgencyRevisionsRequest", versions},
      {"notes.v1.ListNoteRevisionsRequest", versions},
      {"notes.v1.ListSessionRevisionsRequest", versions},
      {"alliance.v1.ListDueRatingRequestsRequest", windows},
      {"goals.v1.ListDueHomeworkRequest", windows},
      // As a matrix, by rater and target, which are fields of it; a family has few of either.
      {"alliance.v1.ListEstimatesRequest", {"filter", "order_by"}},
      // What is due first, and of very many cases case by case: any other order reads all of them.
      {"intake.v1.ListDueWorkRequest", {"order_by"}},
      // A chain, read as it was written; `from_time` and `to_time` say from where.
      {"audit.v1.ListAuditEventsRequest", {"order_by"}},
      // A feed: a cursor that never ends is the token.
      {"changes.v1.ListChangesRequest", {"page_token", "filter", "order_by"}}};
  return *lists;
}

TEST(SuiteTest, EveryListHasPagesAFilterAndAnOrder) {
  int lists = 0;
  std::set<std::string> excused;
  for (const FileDescriptor* file : Files()) {
    if (file->package() == "rapport.internal.v1") continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        if (!method->name().starts_with("List")) continue;
        ++lists;
        const std::string name = method->input_type()->full_name().substr(sizeof("rapport.") - 1);
        const auto listed = NotOffered().find(name);
        for (const char* field : {"page_size", "page_token", "filter", "order_by"}) {
          const bool has = method->input_type()->FindFieldByName(field) != nullptr;
          const bool goes_without = listed != NotOffered().end() && listed->second.contains(field);
          EXPECT_NE(has, goes_without) << name << "." << field;
        }
        if (listed != NotOffered().end()) excused.insert(name);
      }
    }
  }
  EXPECT_GT(lists, 40);
  EXPECT_EQ(excused.size(), NotOffered().size()) << "one of them is no list";
}

TEST(SuiteTest, EveryMessageCanBeValidated) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  ForEachMessage([&](const Descriptor* type) {
    const std::unique_ptr<google::protobuf::Message> message(factory->GetPrototype(type)->New());
    ClearOutputOnly(message.get());
    for (const FieldViolation& violation : Validate(*message)) {
      EXPECT_FALSE(violation.field.empty()) << type->full_name();
    }
  });
}

TEST(SuiteTest, EveryUpdateMaskHasOneResource) {
  int masks = 0;
  ForEachMessage([&](const Descriptor* type) {
    if (type->FindFieldByName("update_mask") == nullptr) return;
    ++masks;
    EXPECT_NE(RulesOf(type).masked, nullptr) << type->full_name();
  });
  EXPECT_GT(masks, 0);
}

TEST(SuiteTest, EveryNamePatternIsKnown) {
  const std::string_view known[] = {
      patterns::kFamily, patterns::kMember, patterns::kRelationship, patterns::kHelper,
      patterns::kProblem, patterns::kAssessment, patterns::kSafetyScreen, patterns::kBreakGlass,
      patterns::kConsent, patterns::kSecretsPolicy, patterns::kSession, patterns::kNote,
      patterns::kGoal, patterns::kHomework, patterns::kRating, patterns::kRatingRequest,
      patterns::kSignal, patterns::kRatingInvitation, patterns::kProfessional,
      patterns::kSupervision, patterns::kInstrument, patterns::kObservation,
      patterns::kPsychotherapyNote, patterns::kSudCounselingNote,
      // Of erasures and record requests, which intake alone names.
      "families/{family}/legalHolds/{legal_hold}",
      "families/{family}/recordRequests/{record_request}",
      "families/{family}/noteOpenings/{note_opening}",
      "families/{family}/urgentTasks/{urgent_task}", "erasures/{erasure}", "families/-"};
  ForEachMessage([&](const Descriptor* type) {
    for (int i = 0; i < type->field_count(); ++i) {
      std::string_view rest = type->field(i)->options().GetExtension(options::v1::rule).resource();
      while (!rest.empty()) {
        const std::string_view pattern = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), pattern.size() + 1));
        EXPECT_NE(std::find(std::begin(known), std::end(known), pattern), std::end(known))
            << type->field(i)->full_name() << ": " << pattern;
      }
    }
  });
}

}  // namespace
}  // namespace rapport::schema
