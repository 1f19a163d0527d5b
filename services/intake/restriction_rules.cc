#include "intake/restriction_rules.h"

#include "platform/base/strings.h"

#include <absl/strings/match.h>

#include <vector>

namespace rapport::intake {
namespace {

// Granted to that member, whole or in part, by `at_us`.
bool IsRestriction(const v1::RecordRequest& request, std::string_view member, std::int64_t at_us) {
  const auto outcome = request.decision().outcome();
  return request.kind() == v1::RECORD_REQUEST_KIND_RESTRICTION && request.member() == member &&
         (outcome == v1::RECORD_DECISION_OUTCOME_GRANTED ||
          outcome == v1::RECORD_DECISION_OUTCOME_PARTLY_GRANTED) &&
         Micros(request.decide_time()) <= at_us;
}

bool IsInWordsAlone(const v1::RecordDecision& decision) {
  return decision.recipient().empty() && decision.recipient_name().empty();
}

bool Names(const v1::RecordDecision& decision, const ConsentQuestion& question) {
  return decision.recipient() == question.recipient &&
         absl::EqualsIgnoreCase(decision.recipient_name(), Absl(question.recipient_name));
}

// By what was given after `since_us` alone.
bool ConsentedSince(const CaseFile& file, std::int64_t since_us, const ConsentQuestion& question,
                    std::int64_t at_us) {
  CaseFile later = file;
  std::erase_if(later.consents, [&](const v1::Consent& consent) {
    return Micros(consent.grant_time()) <= since_us;
  });
  return FindConsent(later, question, at_us).permitted;
}

}  // namespace

ReleaseFinding FindRelease(const CaseFile& file, std::span<const v1::RecordRequest> requests,
                           const ConsentQuestion& question, std::int64_t at_us) {
  ReleaseFinding found{.consent = FindConsent(file, question, at_us), .restrictions = {}};
  if (!NamesRecipient(question.purpose)) return found;
  bool forbidden = false;
  for (const v1::RecordRequest& request : requests) {
    if (!IsRestriction(request, question.member, at_us)) continue;
    const bool in_words = IsInWordsAlone(request.decision());
    if (!in_words && !Names(request.decision(), question)) continue;
    if (!in_words && ConsentedSince(file, Micros(request.decide_time()), question, at_us)) continue;
    found.restrictions.push_back(request.name());
    forbidden = forbidden || !in_words;
  }
  if (forbidden) found.consent = {};
  return found;
}

}  // namespace rapport::intake
