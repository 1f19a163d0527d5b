#include "conformance/spoilings.h"

#include <google/protobuf/timestamp.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const options::v1::FieldRule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::rule);
}

// Sets a scalar, in a list or not.
template <typename Value, typename Setter, typename EntrySetter>
std::function<void(const Place&)> Setting(Value value, Setter setter, EntrySetter entry_setter) {
  return [=](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    if (place.index < 0) {
      (reflection.*setter)(place.message, place.field, value);
    } else {
      (reflection.*entry_setter)(place.message, place.field, place.index, value);
    }
  };
}

// Adds the first entry of `from`'s list to that of `to`.
void AddEntry(const Message& from, Message& to, const FieldDescriptor* field) {
  const Reflection& reflection = *to.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.AddString(&to, field, reflection.GetRepeatedString(from, field, 0));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.AddEnumValue(&to, field, reflection.GetRepeatedEnumValue(from, field, 0));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return reflection.AddMessage(&to, field)
          ->CopyFrom(reflection.GetRepeatedMessage(from, field, 0));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.AddInt32(&to, field, reflection.GetRepeatedInt32(from, field, 0));
    default:
      throw std::logic_error("no list of such is known: " + field->full_name());
  }
}

std::function<void(const Place&)> Text(std::string value) {
  return [value = std::move(value)](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    if (place.index < 0) {
      reflection.SetString(place.message, place.field, value);
    } else {
      reflection.SetRepeatedString(place.message, place.field, place.index, value);
    }
  };
}

std::function<void(const Place&)> Time(std::int64_t seconds, std::int32_t nanos) {
  return [=](const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    auto& time = static_cast<google::protobuf::Timestamp&>(
        place.index < 0
            ? *reflection.MutableMessage(place.message, place.field)
            : *reflection.MutableRepeatedMessage(place.message, place.field, place.index));
    time.set_seconds(seconds);
    time.set_nanos(nanos);
  };
}

constexpr std::size_t kDefaultLength = 256;
constexpr int kDefaultItems = 100;

// A name of the right shape that nothing has: of the first of the rule's patterns.
std::string NameOfNothing(const std::string& patterns) {
  std::string name = patterns.substr(0, patterns.find(','));
  for (std::size_t at; (at = name.find('{')) != std::string::npos;) {
    name.replace(at, name.find('}') - at + 1, std::string(32, '0'));
  }
  return name;
}

// What people write, whatever it looks like: if it is accepted, it is kept as it is.
void AddUnusualTexts(std::size_t length, std::vector<Spoiling>& all) {
  std::string longest;
  for (std::size_t i = 0; i < length; ++i) longest += "\U0001F41F";
  for (const auto& [what, text] : std::initializer_list<std::pair<const char*, std::string>>{
           {"SQL", "'; DROP TABLE record; --"},
           {"patterns and paths", "100%_\\ ../../etc"},
           {"format strings", "%n %s {0}"},
           {"HTML", "<b onclick=\"x\">&amp;</b>"},
           {"JSON", "{\"a\": [\"\\u0000\"]}"},
           {"joined emoji", "\U0001F469\u200d\U0001F467"},
           {"two directions", "abc \u05d0\u05d1 def"},
           {"zero width", "a\u200bb"},
           {"as long as may be, four bytes a letter", longest}}) {
    if (text.size() > 4 * length) continue;
    all.push_back({what, false, Text(text), text});
  }
}

void AddTexts(const FieldDescriptor* field, std::vector<Spoiling>& all) {
  const auto& rule = RuleOf(field);
  const std::size_t length =
      rule.max_length() > 0 ? static_cast<std::size_t>(rule.max_length()) : kDefaultLength;
  all.push_back({"NUL", true, Text(std::string("a\0b", 3))});
  all.push_back({"a control character", true, Text("a\x1b[31mb")});
  all.push_back({"a bidirectional override", true, Text("a\u202eb")});
  all.push_back({"not normalised", true, Text("e\u0301")});
  all.push_back({"one letter too long", true, Text(std::string(length + 1, 'x'))});
  all.push_back({"too long in every byte", true, Text(std::string(length * 4 + 4, '\x7f'))});
  if (!rule.resource().empty()) {
    all.push_back({"no name", true, Text("../families/1")});
    all.push_back({"a name's beginning", true, Text("families/")});
    all.push_back({"a name of nothing", false, Text(NameOfNothing(rule.resource()))});
  } else if (rule.format() != options::v1::FORMAT_UNSPECIFIED) {
    all.push_back({"another form", true, Text("%n'; DROP TABLE record; --")});
    all.push_back({"any", true, Text("*")});
  } else {
    AddUnusualTexts(length, all);
  }
}

// Entries as the first is, one more than may be.
void AddLists(const FieldDescriptor* field, std::vector<Spoiling>& all) {
  const int most = RuleOf(field).max_items() > 0 ? RuleOf(field).max_items() : kDefaultItems;
  all.push_back({"one entry too many", true, [most](const Place& place) {
                   const Reflection& reflection = *place.message->GetReflection();
                   const std::unique_ptr<Message> first(place.message->New());
                   first->CopyFrom(*place.message);
                   while (reflection.FieldSize(*place.message, place.field) <= most) {
                     AddEntry(*first, *place.message, place.field);
                   }
                 }});
}

void AddTimes(std::vector<Spoiling>& all) {
  constexpr std::int64_t kYear1 = -62'135'596'800, kYear9999 = 253'402'300'799;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  all.push_back({"the year 1", true, Time(kYear1, 0)});
  all.push_back({"no time", true, Time(kMost, 0)});
  all.push_back({"no time before any", true, Time(-kMost - 1, 0)});
  all.push_back({"negative nanoseconds", true, Time(1'930'000'000, -1)});
  all.push_back({"a second of nanoseconds", true, Time(1'930'000'000, 1'000'000'000)});
  all.push_back({"the distant past", false, Time(-2'208'988'800, 0)});
  all.push_back({"the last second", false, Time(kYear9999, 999'999'999)});
}

template <typename Number>
void AddNumbers(const FieldDescriptor* field, auto setter, auto entry_setter,
                std::vector<Spoiling>& all) {
  const auto& rule = RuleOf(field);
  for (const Number value : {Number(-1), Number(0), std::numeric_limits<Number>::lowest(),
                             std::numeric_limits<Number>::max()}) {
    const auto as_double = static_cast<double>(value);
    const bool out = rule.has_range() && (as_double < rule.min() || as_double > rule.max());
    all.push_back({std::to_string(value), out, Setting(value, setter, entry_setter)});
  }
}

}  // namespace

std::vector<Spoiling> SpoilingsOf(const Place& place) {
  std::vector<Spoiling> all;
  const FieldDescriptor* field = place.field;
  if (field->is_repeated() && place.index < 0) {
    AddLists(field, all);
    return all;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_STRING) AddTexts(field, all);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      all.push_back({"an enum of tomorrow", true,
                     Setting(9'999, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      all.push_back({"a negative enum", true,
                     Setting(-1, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      all.push_back({"an enum of nothing", false,
                     Setting(0, &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue)});
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      AddNumbers<std::int32_t>(field, &Reflection::SetInt32, &Reflection::SetRepeatedInt32, all);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      AddNumbers<std::int64_t>(field, &Reflection::SetInt64, &Reflection::SetRepeatedInt64, all);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AddNumbers<double>(field, &Reflection::SetDouble, &Reflection::SetRepeatedDouble, all);
      for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        all.push_back({std::to_string(value), true,
                       Setting(value, &Reflection::SetDouble, &Reflection::SetRepeatedDouble)});
      }
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field->message_type()->full_name() == "google.protobuf.Timestamp") AddTimes(all);
      break;
    default:
      break;
  }
  return all;
}

}  // namespace rapport::conformance
