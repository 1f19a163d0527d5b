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
#include <memory>
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
