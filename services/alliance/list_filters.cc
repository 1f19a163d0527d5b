#include "alliance/list_filters.h"

#include "platform/schema/names.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

using schema::FilterField;
using schema::FilterTerm;
using Type = FilterField::Type;
using Fields = std::vector<FilterField>;

enum InstrumentField : std::size_t { kCode, kLanguage, kRaters, kTargets };
enum RatingField : std::size_t { kRatingInstrument, kMode, kSessionTime };
enum RequestField : std::size_t { kRater, kRequestInstrument, kOccasion, kDueTime, kExpireTime };
enum SignalField : std::size_t { kSignalState, kLevel, kSignalMember, kTarget, kOpenTime };
enum UrgentField : std::size_t { kTaskState, kTaskKind, kTaskMember, kTaskCreateTime };

constexpr std::string_view kTargetPattern = "families/{family},professionals/{professional}";

bool Has(const google::protobuf::RepeatedField<int>& parties, std::int64_t party) {
  return std::ranges::find(parties, party) != parties.end();
}

}  // namespace

const Fields& InstrumentFields() {
  static const auto* const fields = new Fields{{.name = "code"},
                                               {.name = "language"},
                                               {.name = "raters",
                                                .type = Type::kEnum,
                                                .comparisons = {schema::Comparison::kHas},
                                                .values = v1::Party_descriptor()},
                                               {.name = "targets",
                                                .type = Type::kEnum,
                                                .comparisons = {schema::Comparison::kHas},
                                                .values = v1::Party_descriptor()}};
  return *fields;
}

const Fields& RatingFields() {
  static const auto* const fields = new Fields{
      {.name = "instrument", .type = Type::kName, .patterns = schema::patterns::kInstrument},
      {.name = "mode", .type = Type::kEnum, .values = v1::RatingMode_descriptor()},
      schema::TimeField("session_time")};
  return *fields;
}

const Fields& RatingRequestFields() {
  static const auto* const fields = new Fields{
      {.name = "rater", .type = Type::kName, .patterns = schema::patterns::kPerson},
      {.name = "instrument", .type = Type::kName, .patterns = schema::patterns::kInstrument},
      {.name = "occasion", .type = Type::kEnum, .values = v1::MeasureOccasion_descriptor()},
      schema::TimeField("due_time"),
      schema::TimeField("expire_time")};
  return *fields;
}

const Fields& SignalFields() {
  static const auto* const fields =
      new Fields{{.name = "state", .type = Type::kEnum, .values = v1::SignalState_descriptor()},
                 {.name = "level", .type = Type::kEnum, .values = v1::SignalLevel_descriptor()},
                 {.name = "member", .type = Type::kName, .patterns = schema::patterns::kMember},
                 {.name = "target", .type = Type::kName, .patterns = kTargetPattern},
                 schema::TimeField("open_time")};
  return *fields;
}

const Fields& UrgentTaskFields() {
  static const auto* const fields =
      new Fields{{.name = "state", .type = Type::kEnum, .values = v1::UrgentTaskState_descriptor()},
                 {.name = "kind", .type = Type::kEnum, .values = v1::ConcernKind_descriptor()},
                 {.name = "member", .type = Type::kName, .patterns = schema::patterns::kMember},
                 schema::TimeField("create_time")};
  return *fields;
}

bool Matches(const v1::Instrument& instrument, const FilterTerms& terms) {
  return std::ranges::all_of(terms, [&](const FilterTerm& term) {
    switch (term.field) {
      case kCode:
        return instrument.code() == term.text;
      case kLanguage:
        return instrument.language() == term.text;
      case kRaters:
        return Has(instrument.raters(), term.number);
      default:
        return Has(instrument.targets(), term.number);
    }
  });
}

bool Matches(const v1::Rating& rating, const FilterTerms& terms) {
  return std::ranges::all_of(terms, [&](const FilterTerm& term) {
    switch (term.field) {
      case kRatingInstrument:
        return rating.instrument() == term.text;
      case kMode:
        return rating.mode() == term.number;
      default:
        return schema::Holds(term, schema::ToMicros(rating.session_time()));
    }
  });
}

bool Matches(const v1::RatingRequest& request, const FilterTerms& terms) {
  return std::ranges::all_of(terms, [&](const FilterTerm& term) {
    switch (term.field) {
      case kRater:
        return request.rater() == term.text;
      case kRequestInstrument:
        return request.instrument() == term.text;
      case kOccasion:
        return request.occasion() == term.number;
      case kDueTime:
        return schema::Holds(term, schema::ToMicros(request.due_time()));
      default:
        return schema::Holds(term, schema::ToMicros(request.expire_time()));
    }
  });
}

bool Matches(const v1::Signal& signal, const FilterTerms& terms) {
  return std::ranges::all_of(terms, [&](const FilterTerm& term) {
    switch (term.field) {
      case kSignalState:
        return signal.state() == term.number;
      case kLevel:
        return signal.level() == term.number;
      case kSignalMember:
        return signal.member() == term.text;
      case kTarget:
        return signal.target() == term.text;
      default:
        return schema::Holds(term, schema::ToMicros(signal.open_time()));
    }
  });
}

bool Matches(const v1::UrgentTask& task, const FilterTerms& terms) {
  return std::ranges::all_of(terms, [&](const FilterTerm& term) {
    switch (term.field) {
      case kTaskState:
        return task.state() == term.number;
      case kTaskKind:
        return task.kind() == term.number;
      case kTaskMember:
        return task.member() == term.text;
      default:
        return schema::Holds(term, schema::ToMicros(task.create_time()));
    }
  });
}

}  // namespace rapport::alliance
