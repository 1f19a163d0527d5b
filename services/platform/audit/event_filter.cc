#include "platform/audit/event_filter.h"

#include "platform/base/status_macros.h"
#include "platform/schema/list_filter.h"

namespace rapport::audit {
namespace {

using schema::Comparison;

schema::ShownField EqualOrNot(std::string_view name) {
  return {.name = name, .comparisons = {Comparison::kEqual, Comparison::kNotEqual}};
}

const auto& kEventFilter = *new schema::ListFilter<v1::AuditEvent>({EqualOrNot("actor"),
                                                                    EqualOrNot("method"),
                                                                    EqualOrNot("action"),
                                                                    EqualOrNot("resource"),
                                                                    EqualOrNot("family"),
                                                                    {"members"},
                                                                    EqualOrNot("viewer"),
                                                                    EqualOrNot("reason_code"),
                                                                    EqualOrNot("trace_id"),
                                                                    EqualOrNot("break_glass")});

}  // namespace

absl::StatusOr<EventFilter> EventFilter::Parse(std::string_view filter) {
  EventFilter parsed;
  ASSIGN_OR_RETURN(parsed.terms_, kEventFilter.Read(filter));
  return parsed;
}

bool EventFilter::Matches(const v1::AuditEvent& event) const {
  return kEventFilter.Matches(terms_, event);
}

std::optional<std::string> EventFilter::family() const {
  for (const schema::FilterTerm& term : kEventFilter.About("family", terms_)) {
    if (term.comparison == Comparison::kEqual) return term.text;
  }
  return std::nullopt;
}

}  // namespace rapport::audit
