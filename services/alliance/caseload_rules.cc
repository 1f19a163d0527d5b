#include "alliance/caseload_rules.h"

#include "alliance/caseload_reasons.h"
#include "platform/base/strings.h"

#include <absl/strings/match.h>
#include <absl/strings/str_replace.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr int kMostReasons = 20, kMostSteps = 5;
constexpr std::string_view kSomeMember = "a member", kSomeHelper = "a colleague";

// Of the most pressing reasons that have one, each a sentence of its own.
std::string NextStepOf(const std::vector<Reason>& reasons) {
  std::vector<std::string_view> steps;
  v1::Attention attention = v1::ATTENTION_UNSPECIFIED;
  for (const Reason& reason : reasons) {
    if (reason.attention <= v1::ATTENTION_ROUTINE || reason.next_step.empty()) continue;
    if (steps.empty()) attention = reason.attention;
    const bool said = std::ranges::find(steps, reason.next_step) != steps.end();
    if (reason.attention == attention && !said && steps.size() < kMostSteps) {
      steps.push_back(reason.next_step);
    }
  }
  std::string all;
  for (const std::string_view step : steps) all += Concat({all.empty() ? "" : " ", step});
  return all;
}

bool IsSaid(const Reason& reason) {
  return reason.attention > v1::ATTENTION_ROUTINE || reason.signal == nullptr;
}

}  // namespace

WaitingEntry WaitingEntryOf(const FamilyStanding& standing) {
  WaitingEntry waiting;
  v1::CaseloadEntry& entry = waiting.entry;
  entry.set_family(standing.family);
  const std::vector<Reason> reasons = ReasonsOf(standing);
  entry.set_attention(reasons.empty() ? v1::ATTENTION_ROUTINE : reasons.front().attention);
  if (entry.attention() > v1::ATTENTION_ROUTINE) {
    waiting.since_us = reasons.front().since_us;
  } else {
    entry.add_reasons("Nothing stands out.");
  }
  for (const Reason& reason : reasons) {
    if (IsSaid(reason) && entry.reasons_size() < kMostReasons) {
      entry.add_reasons(reason.text);
      waiting.people.insert(reason.people.begin(), reason.people.end());
    }
    if (reason.signal != nullptr) entry.add_open_signals(reason.signal->name());
  }
  entry.set_next_step(NextStepOf(reasons));
  for (const v1::UrgentTask& task : standing.urgent) entry.add_urgent_tasks(task.name());
  if (standing.last_session_us != 0) {
    *entry.mutable_last_session_time() =
        google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(standing.last_session_us);
  }
  entry.set_forms_due(standing.forms_due + standing.forms_open);
  entry.set_forms_given(standing.forms_given);
  return waiting;
}

std::vector<WaitingEntry*> ToBeNamed(std::vector<WaitingEntry>& page) {
  std::vector<WaitingEntry*> named;
  for (WaitingEntry& waiting : page) {
    if (named.size() == kMostNamed) break;
    if (waiting.entry.attention() <= v1::ATTENTION_ROUTINE || waiting.people.empty()) continue;
    named.push_back(&waiting);
  }
  return named;
}

v1::CaseloadEntry EntryOf(const FamilyStanding& standing) { return WaitingEntryOf(standing).entry; }

void PutNames(const ShownNames& shown, WaitingEntry& waiting) {
  std::vector<std::pair<std::string, std::string>> by_name;
  for (const std::string& person : waiting.people) {
    const auto known = shown.find(person);
    const bool helper = absl::StartsWith(person, "professionals/");
    by_name.emplace_back(person, known != shown.end()
                                     ? known->second
                                     : std::string(helper ? kSomeHelper : kSomeMember));
  }
  const auto put = [&](std::string* text) {
    absl::StrReplaceAll(by_name, text);
    if (absl::StartsWith(*text, Absl(kSomeMember))) text->front() = 'A';
  };
  for (std::string& reason : *waiting.entry.mutable_reasons()) put(&reason);
  put(waiting.entry.mutable_next_step());
}

bool ComesFirst(const WaitingEntry& a, const WaitingEntry& b) {
  const auto place = [](const WaitingEntry& one) {
    return std::tuple(-one.entry.attention(), one.since_us, -one.entry.reasons_size(),
                      std::string_view(one.entry.family()));
  };
  return place(a) < place(b);
}

}  // namespace rapport::alliance
