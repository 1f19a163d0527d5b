// What the law says of a member's requests about the record, as a table: how long until it is
// answered, whether that may be extended, on what grounds it may be refused, whether a refusal may
// be disagreed with. Pure.
#pragma once

#include "intake/case_file.h"
#include "platform/base/machine.h"

#include <rapport/intake/v1/record_requests.pb.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

struct RecordRequestRule {
  v1::RecordRequestKind kind;
  int days;            // from when it came until it is due
  int extension_days;  // more, once, with a reason told before it is due; 0: never
  bool statement;      // a refusal may be answered by a statement of disagreement
  std::vector<v1::RefusalGround> grounds;
  const char* source;
};

std::span<const RecordRequestRule> RecordRequestRules();
const RecordRequestRule& RuleOf(v1::RecordRequestKind kind);

using Faults = std::vector<std::pair<std::string, std::string>>;  // field, what was expected

// What is wrong with a request as recorded at `now_us`: dates, who asks by what right. A parent
// asks for a member who is a minor when the request came; a representative shows a document.
Faults FaultsOf(const v1::RecordRequest& request, const CaseFile& file, std::int64_t now_us);

// When it is due, microseconds: end of the last day by the count of 24 hours from when it came.
std::int64_t DueAt(const v1::RecordRequest& request);

// What happens to one; kTime: its date passes. Which of them the law knows for its kind is more
// (WhyNotExtended, WhyNoStatement).
enum class RecordRequestEvent : std::uint8_t { kOpen, kExtend, kTime, kDecide, kDisagree };
using RecordRequestMachine = Machine<v1::RecordRequestState, RecordRequestEvent>;
const RecordRequestMachine& RecordRequestLife();

v1::RecordRequestState StateAt(const v1::RecordRequest& request, std::int64_t now_us);

// A decision that can't be given: a refusal, also in part, has a ground that the rule knows and an
// explanation; a grant has neither. Whom a restriction is from is said where it is granted.
Faults FaultsOf(const v1::RecordDecision& decision, v1::RecordRequestKind kind);

// Empty: it may. Otherwise why not, for whoever asks.
std::string WhyNotExtended(const v1::RecordRequest& request, std::int64_t now_us);
std::string WhyNoStatement(const v1::RecordRequest& request);

}  // namespace rapport::intake
