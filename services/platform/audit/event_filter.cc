#include "platform/audit/event_filter.h"

#include "platform/base/status_macros.h"

#include <algorithm>
#include <utility>

namespace rapport::audit {
namespace {

using schema::Comparison;
using schema::FilterField;
using schema::FilterTerm;

enum Field : std::size_t {
  kActor,
  kMethod,
  kAction,
  kResource,
  kFamily,
  kMembers,
  kViewer,
  kReasonCode,
  kTraceId,
  kBreakGlass,
};

const std::vector<FilterField>& Fields() {
  static const std::vector<FilterField> fields = [] {
    const std::vector<Comparison> equal = {Comparison::kEqual, Comparison::kNotEqual};
    const auto text = FilterField::Type::kText;
    return std::vector<FilterField>{
        {"actor", text, equal},
        {"method", text, equal},
        {"action", text, equal},
        {"resource", text, equal},
        {"family", text, equal},
        {"members", text, {Comparison::kHas}},
        {"viewer", FilterField::Type::kEnum, equal, v1::AuditViewer_descriptor()},
        {"reason_code", text, equal},
        {"trace_id", text, equal},
        {"break_glass", text, equal},
    };
  }();
  return fields;
}

bool Holds(const FilterTerm& term, const v1::AuditEvent& event) {
  const auto is = [&](bool equal) { return equal == (term.comparison == Comparison::kEqual); };
  switch (term.field) {
    case kActor:
      return is(event.actor() == term.text);
    case kMethod:
      return is(event.method() == term.text);
    case kAction:
      return is(event.action() == term.text);
    case kResource:
      return is(event.resource() == term.text);
    case kFamily:
      return is(event.family() == term.text);
    case kMembers:
      return std::ranges::find(event.members(), term.text) != event.members().end();
    case kViewer:
      return is(event.viewer() == term.number);
    case kReasonCode:
      return is(event.reason_code() == term.text);
    case kTraceId:
      return is(event.trace_id() == term.text);
    case kBreakGlass:
      return is(event.break_glass() == term.text);
  }
  return false;
}

}  // namespace

absl::StatusOr<EventFilter> EventFilter::Parse(std::string_view filter) {
  EventFilter parsed;
  ASSIGN_OR_RETURN(parsed.terms_, schema::ParseFilter(filter, Fields()));
  return parsed;
}

bool EventFilter::Matches(const v1::AuditEvent& event) const {
  return std::ranges::all_of(terms_, [&](const FilterTerm& term) { return Holds(term, event); });
}

std::optional<std::string> EventFilter::family() const {
  for (const FilterTerm& term : terms_) {
    if (term.field == kFamily && term.comparison == Comparison::kEqual) return term.text;
  }
  return std::nullopt;
}

}  // namespace rapport::audit
