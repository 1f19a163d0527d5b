#include "cli/method_command.h"

#include "cli/comments.h"
#include "cli/etags.h"
#include "cli/invitations.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "cli/story_scope.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

namespace rapport::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::json;

constexpr int kRows = 1000;

// The fields of an Update that flags gave.
std::string MaskOf(const MethodCommand& command) {
  std::string mask;
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    if (command.values[i].empty() || field.path.size() < 2) continue;
    const std::string path = field.Path();
    mask += Concat({mask.empty() ? "" : ",", std::string_view(path).substr(path.find('.') + 1)});
  }
  return mask;
}

absl::Status Expected(const Field& field, const absl::Status& why) {
  if (!absl::IsInvalidArgument(why)) return why;
  return absl::InvalidArgumentError(
      Absl(Concat({"--", field.flag, ": ", Std(why.message()), " is expected"})));
}

absl::Status PutFlags(const MethodCommand& command, const FindName& find, Json& request) {
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    for (const std::string& text : command.values[i]) {
      const bool code = command.verb.method->name() == "RedeemMemberInvite" && field.flag == "code";
      auto value = ValueOf(field, code ? MemberCode(text) : text, find);
      if (!value.ok()) return Expected(field, value.status());
      Put(field, *std::move(value), request);
    }
  }
  return absl::OkStatus();
}

// Of a field that says nothing for itself, what the message around it is.
std::string MeaningOf(const Field& field) {
  std::string own = SummaryOf(*field.leaf());
  if (!own.empty() || field.path.size() < 2) return own;
  return SummaryOf(*field.path[field.path.size() - 2]);
}

// What kind of value it is, in capitals, as usage texts have it.
std::string KindOf(const FieldDescriptor& field) {
  if (field.enum_type() != nullptr) return "WORD";
  if (field.message_type() != nullptr) {
    const std::string& type = field.message_type()->full_name();
    if (type == "rapport.type.v1.Date") return "DATE";
    if (type == "google.protobuf.Timestamp") return "TIME";
    return "YAML";
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return "NUMBER";
  return TakesNames(field) ? "NAME" : "TEXT";
}

std::string HelpOf(const Field& field) {
  std::string help = MeaningOf(field);
  std::string choices;
  for (const std::string& one : ChoicesOf(*field.leaf()))
    choices += (choices.empty() ? "" : "|") + one;
  if (!choices.empty()) help += Concat({help.empty() ? "" : " ", choices});
  if (const std::string shape = ShapeOf(*field.leaf()); !shape.empty()) {
    help += Concat({help.empty() ? "" : " ", shape});
  }
  if (TakesPeople(*field.leaf()))
    help += Concat({help.empty() ? "" : " ", "A name as people say it will do."});
  if (field.is_list()) help += Concat({help.empty() ? "" : " ", "Given once for each."});
  return help;
}

// `text` with every ${name} as `value`.
std::string With(std::string_view text, std::string_view value) {
  std::string filled;
  SplitNames(
      text, [&](std::string_view part) { filled += part; },
      [&](std::string_view) { filled += value; });
  return filled;
}

}  // namespace

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

bool HasField(const Verb& verb, const char* name) {
  return verb.method->input_type()->FindFieldByName(name) != nullptr;
}

std::vector<Verb> ViewVerbs() {
  std::vector<Verb> verbs;
  for (const View& view : Views()) {
    if (view.noun.empty()) continue;
    verbs.push_back(
        {std::string(view.noun), std::string(view.verb), FindMethod(view.method), {}, false});
  }
  return verbs;
}

void AddFlags(CLI::App& app, MethodCommand& command, bool help) {
  command.fields = FieldsOf(*command.verb.method->input_type());
  if (command.verb.shared) {
    app.add_option("service", command.service, "Whose: every service has its own")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>(kServices.begin(), kServices.end())));
  }
  if (!command.fields.subject.path.empty()) {
    const Field& subject = command.fields.subject;
    app.add_option("what", command.of,
                   Concat({subject.resource(),
                           subject.TakesFamily()         ? ", or words of the family's name"
                           : subject.TakesProfessional() ? ", or words of the person's name"
                                                         : ""}))
        ->required();
  }
  for (const Field& field : command.fields.flags) {
    command.values.emplace_back();
    const bool preset = std::any_of(command.verb.preset.begin(), command.verb.preset.end(),
                                    [&](const auto& one) { return one.first == field.Path(); });
    if (preset) continue;
    const std::string flag = "--" + field.flag, means = help ? HelpOf(field) : "";
    std::vector<std::string>& values = command.values.back();
    CLI::Option* option = nullptr;
    if (field.leaf()->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      option = app.add_flag_function(
          flag, [&values](std::int64_t on) { values.push_back(on > 0 ? "true" : "false"); }, means);
    } else {
      option = app.add_option(flag, values, means)->type_name(KindOf(*field.leaf()));
      // What is no list is given once.
      if (field.is_list()) option->allow_extra_args(false);
      if (!field.is_list()) option->expected(1);
    }
    // Whoever reads everything at once has no pages.
    if (field.flag == "page-size" || field.flag == "page-token") option->group("");
    if (field.required && field.flag != "etag" && !HasField(command.verb, "update_mask")) {
      option->required();
    }
  }
}

absl::StatusOr<std::string> SubjectOf(const MethodCommand& command, Client& client,
                                      const Caller& caller) {
  const Field& subject = command.fields.subject;
  if (subject.path.empty() || command.of.find('/') != std::string::npos) return command.of;
  if (subject.TakesFamily()) {
    auto found = FindFamily(client, caller, command.of, command.verb.method->name());
    if (command.verb.method->name() != "GrantBreakGlass" || !absl::IsNotFound(found.status())) {
      return found;
    }
    // Whoever opens a record in an emergency mostly does not see the family yet.
    return absl::NotFoundError(
        "nobody can look for a family that is not theirs by its name: that would tell who is a "
        "client.\nAsk its therapist, their supervisor or an administrator on call: `rapport family "
        "list --names` gives them\nthe name families/... to use here");
  }
  if (subject.TakesProfessional()) {
    return FindPerson(client, caller, "", command.of, command.verb.method->name());
  }
  return absl::InvalidArgumentError(Absl(
      Concat({"a name like ", subject.resource(), " is expected; lists show them with --names"})));
}

absl::StatusOr<std::unique_ptr<Message>> RequestOf(const MethodCommand& command,
                                                   const std::string& subject, Client& client,
                                                   const Caller& caller, People* named) {
  Json json = Json::object();
  if (!command.fields.subject.path.empty()) Put(command.fields.subject, subject, json);
  for (const auto& [field, value] : command.verb.preset) json[field] = value;
  const FindName find = [&, family = FamilyIn(subject)](const std::string& text) {
    auto found = FindPerson(client, caller, family, text, command.verb.method->name());
    if (found.ok() && named != nullptr) named->Add(*found, text);
    return found;
  };
  RETURN_IF_ERROR(PutFlags(command, find, json));
  if (HasField(command.verb, "request_id")) json["request_id"] = NewRequestId();
  if (HasField(command.verb, "update_mask")) json["update_mask"] = MaskOf(command);
  if (HasField(command.verb, "page_size") && !json.contains("page_size")) json["page_size"] = kRows;
  if (HasField(command.verb, "etag") && !json.contains("etag")) {
    // A person at a terminal means what they just looked at. --etag says which version was meant.
    ASSIGN_OR_RETURN(json["etag"], EtagOf(*command.verb.method, subject, client, caller));
  }
  auto request = NewMessage(command.verb.method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json.dump(), request.get());
  if (!parsed.ok()) return absl::InvalidArgumentError(Absl(parsed.message().ToString()));
  return request;
}

absl::Status CheckValues(const MethodCommand& command, std::vector<std::string>* named) {
  const FindName as_it_is = [](const std::string& text) { return text; };
  const FindName noted = [&](const std::string& text) {
    if (named != nullptr) named->push_back(text);
    return text;
  };
  const Field& subject = command.fields.subject;
  const bool takes_words = subject.TakesFamily() || subject.TakesProfessional();
  if (takes_words && command.of.find('/') == std::string::npos) {
    noted(command.of).IgnoreError();
  }
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    for (const std::string& text : command.values[i]) {
      // What a name will stand for is a text or a number.
      const absl::Status as_text = ValueOf(field, text, noted).status();
      if (as_text.ok() || ValueOf(field, With(text, "1"), as_it_is).ok()) continue;
      if (text.starts_with("${") && text.find('}') + 1 == text.size()) continue;
      return Expected(field, as_text);
    }
  }
  return absl::OkStatus();
}

}  // namespace rapport::cli
