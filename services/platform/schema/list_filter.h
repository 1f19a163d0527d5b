// What a list lets its callers filter on: fields of the message it shows, each by its path there.
//
//   const auto& kSignals = *new schema::ListFilter<v1::Signal>(
//       {{"state"}, {.name = "member", .patterns = schema::patterns::kMember}, {"open_time"}});
//   ...
//   ASSIGN_OR_RETURN(const auto terms, kSignals.Read(request.filter()));
//   ... kSignals.Matches(terms, shown)
//
// One of a process, made before main; whether every path leads somewhere is asked at the start
// (CheckListFilters), never of a caller. Thread-safe.
#pragma once

#include "platform/schema/filter.h"

#include <google/protobuf/message.h>

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::schema {

// A field that stands in the message. What type it has and what it may be compared by follow from
// the message's descriptor, where nothing else is said here:
//
//   an enum               by a value's name, =
//   a flag                true or false, =
//   a whole number        = < <= > >=
//   a Timestamp           = < <= > >=; an absent one is the first moment of 1970
//   a string              by a text, =; where FieldRule has a `resource`, by a name like that
//   an ExternalId         by "system=value"
//   any of these in a list, or in a message of a list: any of them, `:` for "has"
struct ShownField {
  std::string_view name;  // as a filter writes it
  // Where it is not its name: "terms.due_time". Several with commas between them, all of one type:
  // any of them.
  std::string_view path = {};
  std::vector<Comparison> comparisons = {};  // in place of the type's
  std::string_view patterns = {};            // of names: in place of the rule's
};

// The part of ListFilter that needs no type.
class FilterTable {
 public:
  using Type = const google::protobuf::Descriptor* (*)();

  FilterTable(Type type, std::initializer_list<ShownField> shown, std::vector<FilterField> worked);
  ~FilterTable();
  FilterTable(const FilterTable&) = delete;
  FilterTable& operator=(const FilterTable&) = delete;

  // INTERNAL: what is wrong with a field.
  absl::Status Check() const;
  // As ParseFilter.
  absl::StatusOr<std::vector<FilterTerm>> Read(std::string_view filter) const;
  // Those about one field, which must be among the list's.
  std::vector<FilterTerm> About(std::string_view name, const std::vector<FilterTerm>& terms) const;

 protected:
  // Of a term about a field that stands in the message.
  bool Holds(const FilterTerm& term, const google::protobuf::Message& shown) const;
  std::size_t shown_fields() const { return shown_.size(); }

 private:
  struct Resolved;
  const Resolved& Resolve() const;

  const Type type_;
  const std::vector<ShownField> shown_;
  const std::vector<FilterField> worked_;
  const std::unique_ptr<Resolved> resolved_;
};

// Of a list that shows `Shown`. `Given`: what else the worked-out fields take, the time for one.
template <typename Shown, typename... Given>
class ListFilter : public FilterTable {
 public:
  // A field that is worked out of the message: whether a comparison with it holds. Values of an
  // enum are those of the message's own field of this name, since before main there are none to be
  // had.
  struct WorkedOut {
    FilterField field;
    bool (*holds)(const FilterTerm&, const Shown&, const Given&...);
  };

  explicit ListFilter(std::initializer_list<ShownField> shown,
                      std::initializer_list<WorkedOut> worked = {})
      : FilterTable(&Shown::descriptor, shown, FieldsOf(worked)), worked_(worked) {}

  // Whether all of them hold of what the caller is shown.
  bool Matches(const std::vector<FilterTerm>& terms, const Shown& shown,
               const Given&... given) const {
    for (const FilterTerm& term : terms) {
      const bool holds = term.field < shown_fields()
                             ? Holds(term, shown)
                             : worked_[term.field - shown_fields()].holds(term, shown, given...);
      if (!holds) return false;
    }
    return true;
  }

 private:
  static std::vector<FilterField> FieldsOf(std::initializer_list<WorkedOut> worked) {
    std::vector<FilterField> fields;
    for (const WorkedOut& one : worked) fields.push_back(one.field);
    return fields;
  }

  const std::vector<WorkedOut> worked_;
};

// A worked-out field that is true or false.
inline FilterField Flag(std::string_view name) {
  return {.name = name, .type = FilterField::Type::kBool};
}

// What is wrong with any ListFilter of this process; INTERNAL.
absl::Status CheckListFilters();

}  // namespace rapport::schema
