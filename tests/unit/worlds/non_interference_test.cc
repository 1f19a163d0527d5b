// What one member of a family does in private changes no byte that another member can receive:
// fields, counts, order, ids, etags, places of pages, refusals. Random families, played twice.
//
// Not looked for is what is shared by design: shared goals, stances and responses marked shared,
// schedules; Bo does nothing of the kind in these worlds. And one thing that he does: what a parent
// consented to for a minor is the parent's own, and that the minor's no ended it is told to them
// (WithoutWhatIsAParents); why is not.
#include "unit/worlds/world.h"

#include "platform/crypto/digest.h"
#include "support/long.h"

#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>
#include <rapport/intake/v1/safeguard_requests.pb.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace rapport::worlds {
namespace {

using google::protobuf::MethodDescriptor;

constexpr int kOrdinary = 40, kLong = 10'000;
// Databases are made anew after so many worlds: more families would only make them larger.
constexpr std::uint32_t kWorldsPerSuite = 250;

const char* NameOf(Who who) {
  switch (who) {
    case Who::kAda:
      return "Ada";
    case Who::kAdasGuest:
      return "who holds Ada's invitation";
    case Who::kBo:
      return "Bo";
    case Who::kCleo:
      return "Cleo";
  }
  return "";
}

bool IsFiltered(const google::protobuf::Message& request) {
  const auto* filter = request.GetDescriptor()->FindFieldByName("filter");
  return filter != nullptr && !request.GetReflection()->GetString(request, filter).empty();
}

// Whether the question is about a consent that its asker gave for another: named in it, or looked
// for by its state.
bool AsksOfParents(const Question& question, const std::set<std::string>& given) {
  const std::string text = question.request->ShortDebugString();
  if (std::ranges::any_of(
          given, [&](const std::string& name) { return text.find(name) != std::string::npos; })) {
    return true;
  }
  return question.request->GetTypeName() == "rapport.intake.v1.ListConsentsRequest" &&
         text.find("state = ") != std::string::npos && !given.empty();
}

// The answer without what a consent that is in `given` says of its end, which is for who gave it.
std::string WithoutWhatIsAParents(const Question& question, const std::set<std::string>& given) {
  intake::v1::ListConsentsResponse list;
  if (given.empty() || !question.ok ||
      question.request->GetTypeName() != "rapport.intake.v1.ListConsentsRequest" ||
      !list.ParseFromString(question.answer)) {
    return question.answer;
  }
  for (intake::v1::Consent& consent : *list.mutable_consents()) {
    if (!given.contains(consent.name())) continue;
    consent.clear_state();
    consent.clear_revoke_time();
    consent.clear_revoked_by();
    consent.clear_update_time();
    consent.clear_etag();
  }
  return list.SerializeAsString();
}

// Two suites with the same keys and clock, that only their worlds tell apart.
class Pair {
 public:
  explicit Pair(std::uint32_t seed)
      : secret_(crypto::Sha256({"non-interference", std::to_string(seed)})),
        with_(secret_, clock_, ids_),
        without_(secret_, clock_, ids_) {
    staff_ = World::Hire(with_, clock_);
    if (World::Hire(without_, clock_) != staff_) throw std::runtime_error("not the same ids");
  }

  struct Difference {
    std::string request, with, without;
  };
  struct Outcome {
    std::set<Deed> done;
    std::vector<Question> questions;
    std::optional<Difference> difference;
  };
  // The plot with these acts and without any.
  Outcome Play(const Plot& plot, const std::vector<Act>& acts,
               std::vector<Who> watchers = {Who::kAda, Who::kAdasGuest, Who::kCleo}) {
    if (plot.guest_first && watchers.size() > 1) std::swap(watchers[0], watchers[1]);
    const std::uint32_t number = ++worlds_;
    World with(with_, clock_, staff_, number, plot);
    World without(without_, clock_, staff_, number, plot);
    with.Begin();
    Outcome outcome;
    outcome.done = with.Act(acts);
    outcome.questions = with.Ask(watchers);
    without.Begin();
    const auto again = without.AskAgain(outcome.questions);
    for (std::size_t i = 0; i < again.size() && !outcome.difference; ++i) {
      const Question &one = outcome.questions[i], &other = again[i];
      if (one.answer == other.answer) continue;
      const auto given = one.who == Who::kAda ? with.given_by_ada() : std::set<std::string>();
      if (AsksOfParents(one, given) ||
          WithoutWhatIsAParents(one, given) == WithoutWhatIsAParents(other, given)) {
        continue;
      }
      outcome.difference = {
          std::string(NameOf(one.who)) + " sees it in " + one.request->GetTypeName() + " {" +
              one.request->ShortDebugString() + "}, question " + std::to_string(i),
          Readable(one), Readable(other)};
    }
    return outcome;
  }
  std::uint32_t worlds() const { return worlds_; }
  const InProcessSuite& suite() const { return with_; }

 private:
  static std::string Readable(const Question& question) {
    if (!question.ok) {
      google::rpc::Status status;
      status.ParseFromString(question.answer);
      return status.DebugString();
    }
    std::string type = question.request->GetTypeName();
    type.replace(type.rfind("Request"), 7, "Response");
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    message->ParseFromString(question.answer);
    return message->DebugString();
  }

  const std::string secret_;
  ManualClock clock_;
  PlacedIds ids_;
  InProcessSuite with_, without_;
  Staff staff_;
  std::uint32_t worlds_ = 0;
};

// Leaves out acts as long as there is a difference.
std::vector<Act> Shrunk(Pair& pair, const Plot& plot) {
  std::vector<Act> acts = plot.acts;
  for (std::size_t i = 0; i < acts.size();) {
    std::vector<Act> fewer = acts;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (pair.Play(plot, fewer).difference) {
      acts = std::move(fewer);
    } else {
      ++i;
    }
  }
  return acts;
}

std::string Tell(Pair& pair, const Plot& plot) {
  const std::vector<Act> acts = Shrunk(pair, plot);
  std::string text = "seed " + std::to_string(plot.seed) +
                     " (RAPPORT_SEED=" + std::to_string(plot.seed) + " plays it alone): when Bo";
  for (const Act& act : acts) text += std::string(" ") + NameOf(act.deed) + ",";
  const auto difference = pair.Play(plot, acts).difference;
  if (!difference) return text + " once more, there is no difference: the test is at fault";
  return text + " " + difference->request + "\nwith: " + difference->with +
         "\nwithout: " + difference->without;
}

std::uint32_t FirstSeed() {
  if (const char* seed = std::getenv("RAPPORT_SEED")) {
    return static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 10));
  }
  return static_cast<std::uint32_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

int Worlds() {
  if (std::getenv("RAPPORT_SEED") != nullptr) return 1;
  return support::Long() ? kLong : kOrdinary;
}

TEST(NonInterference, EveryMethodOfMembersCanBeCalledHere) {
  Pair pair(1);
  EXPECT_GT(MemberMethods().size(), 20u);
  for (const MethodDescriptor* method : MemberMethods()) {
    EXPECT_TRUE(pair.suite().CanCall(method->input_type()))
        << method->full_name() << " may be called by members, and there is no way to call it: add "
        << "its use case to InProcessSuite::BindAll";
  }
}

// What the worlds are made of has effects, and is found: Bo himself sees it. (No method tells a
// member how severe they found a problem.)
TEST(NonInterference, WhatBoDoesHeSeesHimself) {
  Pair pair(2);
  for (const Deed deed :
       {Deed::kRatesSession, Deed::kProposesOwnGoal, Deed::kTakesStance, Deed::kHasSessionAlone,
        Deed::kHasOwnHomework, Deed::kReportsHomework, Deed::kSkipsForm, Deed::kGrantsConsent,
        Deed::kRevokesConsent, Deed::kHasSecondFamily}) {
    Plot plot = Plot::Of(3);
    plot.joint_homework = plot.colleagues = true;
    plot.parent = false;
    plot.bo_age = 40;
    const auto outcome = pair.Play(plot, {{deed, 4}}, {Who::kBo});
    EXPECT_TRUE(outcome.done.count(deed)) << NameOf(deed);
    EXPECT_TRUE(outcome.difference) << "Bo does not see that he " << NameOf(deed);
  }
}

// What a parent is told of a minor's no to what the parent consented to: that it ended, and when;
// not why. Nothing of the minor's no to what others consented to.
TEST(NonInterference, AMinorsNoIsToldToTheParentWhoConsentedAndToNobodyElse) {
  Pair pair(5);
  Plot plot = Plot::Of(5);
  plot.bo_age = 13;
  plot.parent = plot.third = true;
  plot.parent_consents_to_ratings = true;
  plot.bo_signs = false;
  const auto sees = [&](Who who) {
    const auto outcome = pair.Play(plot, {{Deed::kRevokesConsent, 4}}, {who});
    EXPECT_TRUE(outcome.done.contains(Deed::kRevokesConsent));
    bool told = false;
    for (const Question& question : outcome.questions) {
      intake::v1::ListConsentsResponse list;
      if (!question.ok ||
          question.request->GetTypeName() != "rapport.intake.v1.ListConsentsRequest" ||
          !list.ParseFromString(question.answer)) {
        continue;
      }
      for (const auto& consent : list.consents()) {
        const bool for_another =
            !consent.grantor().empty() && consent.grantor() != consent.member();
        if (!for_another || consent.revoked_by() != consent.member()) continue;
        told = true;
        EXPECT_EQ(consent.revoke_reason(), "") << "why is the minor's own";
      }
    }
    EXPECT_FALSE(outcome.difference) << outcome.difference->request;
    return told;
  };
  EXPECT_TRUE(sees(Who::kAda));
  EXPECT_FALSE(sees(Who::kCleo));
}

TEST(NonInterference, WhatOneDoesInPrivateChangesNothingForAnother) {
  const std::uint32_t first = FirstSeed();
  const int worlds = Worlds();
  std::unique_ptr<Pair> pair;
  std::set<Deed> done;
  std::map<std::string, int> answered, answered_guests, filtered;
  std::int64_t questions = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < worlds; ++i) {
    const std::uint32_t seed = first + static_cast<std::uint32_t>(i);
    if (pair == nullptr || pair->worlds() >= kWorldsPerSuite) {
      pair.reset();  // there is one source of ids
      pair = std::make_unique<Pair>(seed);
    }
    const Plot plot = Plot::Of(seed);
    const auto outcome = pair->Play(plot, plot.acts);
    questions += static_cast<std::int64_t>(outcome.questions.size());
    done.insert(outcome.done.begin(), outcome.done.end());
    for (const Question& question : outcome.questions) {
      if (!question.ok) continue;
      auto& all = question.who == Who::kAdasGuest ? answered_guests : answered;
      ++all[question.request->GetTypeName()];
      if (IsFiltered(*question.request)) ++filtered[question.request->GetTypeName()];
    }
    ASSERT_FALSE(outcome.difference) << Tell(*pair, plot);
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  std::cout << worlds << " worlds from seed " << first << ", " << questions
            << " calls compared, in " << took.count() << " ms\n";
  if (worlds < kOrdinary) return;
  for (int deed = 0; deed < kDeeds; ++deed) {
    EXPECT_TRUE(done.count(static_cast<Deed>(deed)))
        << "in no world Bo " << NameOf(static_cast<Deed>(deed));
  }
  for (const MethodDescriptor* method : MemberMethods()) {
    EXPECT_GT(answered[method->input_type()->full_name()], 0)
        << method->full_name() << " was refused in every world: it says nothing about it";
    if (method->input_type()->FindFieldByName("filter") == nullptr) continue;
    EXPECT_GT(filtered[method->input_type()->full_name()], 0)
        << method->full_name() << " was never answered with a filter";
  }
  for (const MethodDescriptor* method : GuestMethods()) {
    EXPECT_GT(answered_guests[method->input_type()->full_name()], 0)
        << method->full_name() << " was refused to every guest: it says nothing about it";
  }
}

}  // namespace
}  // namespace rapport::worlds
