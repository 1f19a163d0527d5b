// Fields: a request as flags of a command line. Each field that a caller may set is a flag, those
// of messages inside it too: `--display-name`, `--referral-source school`. What a person would type
// is what a flag takes: `school` for REFERRAL_SOURCE_SCHOOL, `2016-11-30` for a date, a message in
// a list as YAML. Pure.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

struct Field {
  std::string flag;                                            // "display-name"
  std::vector<const google::protobuf::FieldDescriptor*> path;  // from the request
  bool required = false;
  bool is_list() const { return leaf()->is_repeated(); }
  const google::protobuf::FieldDescriptor* leaf() const { return path.back(); }
  // `family.display_name`.
  std::string Path() const;
  // Patterns of the resource names it takes, with commas between; empty: it takes none.
  const std::string& resource() const;
  // Whether a family's name is among them, so that words of its display name will do.
  bool TakesFamily() const;
  // The same of a professional's, whom the directory has by their display name.
  bool TakesProfessional() const;
};

struct Fields {
  Field subject;  // what the command is about, its one argument; no path: nothing in particular
  std::vector<Field> flags;
};

// request_id and update_mask are left out: the client fills them in.
Fields FieldsOf(const google::protobuf::Descriptor& request);

// Whom a name means, as people say it, where a resource name is expected; a resource name is
// itself.
using FindName = std::function<absl::StatusOr<std::string>(const std::string& text)>;

// What a flag's value means in the request; INVALID_ARGUMENT says what is expected. `find`: asked
// for every person, inside messages too. Of a list one value, or messages as a list in YAML.
absl::StatusOr<nlohmann::json> ValueOf(const Field& field, const std::string& text,
                                       const FindName& find = {});

// What a message is written like: "{person: NAME, presence: present|absent, by_plan?: true|false}";
// what may be left out has a question mark. Empty: the field is no message.
std::string ShapeOf(const google::protobuf::FieldDescriptor& field);

// It takes names of resources.
bool TakesNames(const google::protobuf::FieldDescriptor& field);

// A member or a professional is among the resources it takes.
bool TakesPeople(const google::protobuf::FieldDescriptor& field);

// Puts the value at the field's path; to a list it is added, or each one of several.
void Put(const Field& field, nlohmann::json value, nlohmann::json& request);

// The words a value of an enum may be: {"school", "self", ...}; empty: it is no enum.
std::vector<std::string> ChoicesOf(const google::protobuf::FieldDescriptor& field);

}  // namespace rapport::cli
