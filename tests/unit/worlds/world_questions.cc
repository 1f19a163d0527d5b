// What the others of the family ask: every method that members may call, about everything there is.
#include "conformance/request_builder.h"
#include "platform/schema/errors.h"
#include "unit/worlds/world.h"

#include <google/protobuf/descriptor.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::worlds {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
namespace av = alliance::v1;
namespace ov = options::v1;

ov::MethodPolicy PolicyOf(const MethodDescriptor* method) {
  return method->options().GetExtension(ov::policy);
}

// Sets the field at a path like "rating.rater".
void SetPath(Message& message, const std::string& path, const std::string& value) {
  const auto dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  if (dot == std::string::npos) {
    message.GetReflection()->SetString(&message, field, value);
  } else {
    SetPath(*message.GetReflection()->MutableMessage(&message, field), path.substr(dot + 1), value);
  }
}

void SetNumber(Message& message, const char* name, int value) {
  if (const auto* field = message.GetDescriptor()->FindFieldByName(name)) {
    message.GetReflection()->SetInt32(&message, field, value);
  }
}

bool SetTextIfAny(Message& message, const char* name, const std::string& value) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return false;
  message.GetReflection()->SetString(&message, field, value);
  return true;
}

const std::string& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(ov::rule).resource();
}

}  // namespace

const std::vector<const MethodDescriptor*>& MemberMethods() {
  static const auto methods = [] {
    std::vector<const MethodDescriptor*> all;
    for (const char* name :
         {"rapport.intake.v1.IntakeService", "rapport.notes.v1.SessionNotesService",
          "rapport.goals.v1.GoalsService", "rapport.alliance.v1.AllianceService"}) {
      const auto* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      for (int i = 0; i < service->method_count(); ++i) {
        const auto policy = PolicyOf(service->method(i));
        if (std::any_of(policy.grants().begin(), policy.grants().end(),
                        [](const auto& grant) { return grant.role() == ov::ROLE_MEMBER; })) {
          all.push_back(service->method(i));
        }
      }
    }
    return all;
  }();
  return methods;
}

std::vector<std::string> World::Candidates(const std::string& pattern) const {
  std::vector<std::string> all;
  for (std::size_t from = 0; from <= pattern.size();) {
    const std::size_t to = std::min(pattern.find(',', from), pattern.size());
    std::string one = pattern.substr(from, to - from);
    one.erase(std::remove(one.begin(), one.end(), ' '), one.end());
    const auto found = names_.find(conformance::ShapeOf(one));
    if (found != names_.end()) all.insert(all.end(), found->second.begin(), found->second.end());
    from = to + 1;
  }
  return all;
}

// Nullptr: nobody of that name is in this family.
const World::Person* World::PersonOf(Who who) const {
  if (who == Who::kCleo) return plot_.aunt ? &cleo_ : nullptr;
  return who == Who::kAda ? &ada_ : &bo_;
}

Answer World::AskOne(Who who, const Message& request, std::vector<Question>& questions,
                     std::string* next_page_token) {
  Turn(kFirstQuestion + asked_++);
  Question question{.who = who, .turn = turn_, .request = std::shared_ptr<Message>(request.New())};
  question.request->CopyFrom(request);
  Answer answer = suite_.Call(PersonOf(who)->caller, request, next_page_token);
  question.ok = answer.status.ok();
  if (question.ok) {
    Remember(*answer.message);
    RememberEtags(*answer.message);
    question.answer = answer.message->SerializeAsString();
  } else {
    question.answer = schema::StatusDetails(answer.status);
  }
  questions.push_back(std::move(question));
  return answer;
}

void World::RememberEtags(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &set);
  std::string name, etag;
  for (const FieldDescriptor* field : set) {
    if (field->message_type() != nullptr) {
      for (int i = 0, n = field->is_repeated() ? reflection.FieldSize(message, field) : 1; i < n;
           ++i) {
        RememberEtags(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                           : reflection.GetMessage(message, field));
      }
    }
    if (field->name() == "name") name = reflection.GetString(message, field);
    if (field->name() == "etag") etag = reflection.GetString(message, field);
  }
  if (!name.empty() && !etag.empty()) etags_[name] = etag;
}

// About everything there is, also what they were never told of, with a page for every entry.
void World::AskReads(Who who, std::vector<Question>& questions) {
  for (const MethodDescriptor* method : MemberMethods()) {
    const auto policy = PolicyOf(method);
    if (policy.effect() != ov::EFFECT_READ) continue;
    const Descriptor* type = method->input_type();
    const std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    const auto* about = type->FindFieldByName(policy.family());
    for (const std::string& name : Candidates(RuleOf(about))) {
      request->Clear();
      request->GetReflection()->SetString(request.get(), about, name);
      if (!policy.self().empty()) SetPath(*request, policy.self(), PersonOf(who)->name);
      for (int i = 0; i < type->field_count(); ++i) {
        const FieldDescriptor* field = type->field(i);
        // What a read can't do without: the purpose that is asked for.
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
            field->options().GetExtension(ov::rule).required()) {
          request->GetReflection()->SetEnumValue(
              request.get(), field,
              1 + static_cast<int>(
                      Dice(static_cast<std::uint32_t>(field->enum_type()->value_count() - 1))));
        }
      }
      SetNumber(*request, "page_size", 1);
      std::string token;
      do {
        AskOne(who, *request, questions, &token);
      } while (!token.empty() && SetTextIfAny(*request, "page_token", token));
    }
  }
}

void World::AskWrites(Who who, std::vector<Question>& questions) {
  for (const MethodDescriptor* method : MemberMethods()) {
    const auto policy = PolicyOf(method);
    if (policy.effect() != ov::EFFECT_WRITE || Dice(2) == 0) continue;
    for (std::uint32_t tries = 1 + Dice(2); tries > 0; --tries) {
      conformance::Names picked;
      for (const auto& [shape, names] : names_) {
        picked[shape] = *std::next(names.begin(), Dice(static_cast<std::uint32_t>(names.size())));
      }
      if (Dice(2) == 0) picked["families/*/members/*"] = PersonOf(who)->name;
      const auto request = conformance::FilledRequest(method->input_type(), picked);
      if (!policy.self().empty()) SetPath(*request, policy.self(), PersonOf(who)->name);
      SetTextIfAny(*request, "request_id", "");
      const auto* target = request->GetDescriptor()->FindFieldByName("name");
      SetTextIfAny(
          *request, "etag",
          target == nullptr ? "" : EtagOf(request->GetReflection()->GetString(*request, target)));
      AskOne(who, *request, questions);
    }
  }
}

// Of a form that they have, read and sent.
void World::AskForms(Who who, std::vector<Question>& questions) {
  av::ListRatingRequestsRequest list;
  list.set_parent(family_);
  const Answer listed = AskOne(who, list, questions);
  if (!listed.status.ok()) return;
  const auto& all =
      static_cast<const av::ListRatingRequestsResponse&>(*listed.message).rating_requests();
  if (all.empty()) return;
  av::GetRatingFormRequest get;
  get.set_rating_request(
      all[static_cast<int>(Dice(static_cast<std::uint32_t>(all.size())))].name());
  const Answer shown = AskOne(who, get, questions);
  if (!shown.status.ok()) return;
  const auto& form = static_cast<const av::GetRatingFormResponse&>(*shown.message).rating_form();
  AskOne(who, Filled(*PersonOf(who), form), questions);
}

std::vector<Question> World::Ask(const std::vector<Who>& watchers) {
  std::vector<Question> questions;
  random_.seed(plot_.seed);
  for (const Who who : watchers) {
    if (PersonOf(who) == nullptr) continue;
    AskReads(who, questions);
    AskForms(who, questions);
    AskGoalSteps(who, questions);
    AskHomeworkSteps(who, questions);
    AskRatingSteps(who, questions);
    AskOtherSteps(who, questions);
    AskWrites(who, questions);
    const std::size_t written = questions.size();
    Turn(kFirstQuestion + asked_);
    suite_.Deliver();
    AskReads(who, questions);
    questions[written].after_events = true;
  }
  return questions;
}

std::vector<Question> World::AskAgain(const std::vector<Question>& questions) {
  std::vector<Question> again;
  for (const Question& question : questions) {
    if (question.after_events) {
      Turn(question.turn);
      suite_.Deliver();
    }
    AskOne(question.who, *question.request, again);
  }
  return again;
}

}  // namespace rapport::worlds
