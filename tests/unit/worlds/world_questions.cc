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

namespace {

// A request that is about whoever asks, or about no person: an instrument's name is nobody's.
bool NeedsNothing(const Descriptor* request) {
  for (int i = 0; i < request->field_count(); ++i) {
    if (request->field(i)->options().GetExtension(ov::rule).required()) return false;
  }
  return true;
}

std::vector<const MethodDescriptor*> GrantedTo(ov::Role role) {
  std::vector<const MethodDescriptor*> all;
  for (const char* name :
       {"rapport.intake.v1.IntakeService", "rapport.notes.v1.SessionNotesService",
        "rapport.goals.v1.GoalsService", "rapport.alliance.v1.AllianceService"}) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; i < service->method_count(); ++i) {
      const auto policy = PolicyOf(service->method(i));
      // Whoever has an account holds no invitation: they are told so in every world.
      const bool of_guests = service->method(i)->name() == "GetRatingInvitation";
      const bool open_read = policy.open() && policy.effect() == ov::EFFECT_READ &&
                             NeedsNothing(service->method(i)->input_type()) &&
                             (!of_guests || role == ov::ROLE_INVITATION);
      if (open_read || std::any_of(policy.grants().begin(), policy.grants().end(),
                                   [&](const auto& grant) { return grant.role() == role; })) {
        all.push_back(service->method(i));
      }
    }
  }
  return all;
}

}  // namespace

const std::vector<const MethodDescriptor*>& MemberMethods() {
  static const auto methods = GrantedTo(ov::ROLE_MEMBER);
  return methods;
}

const std::vector<const MethodDescriptor*>& GuestMethods() {
  static const auto methods = GrantedTo(ov::ROLE_INVITATION);
  return methods;
}

const std::vector<const MethodDescriptor*>& World::MethodsOf(Who who) const {
  return who == Who::kAdasGuest ? GuestMethods() : MemberMethods();
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
  if (who == Who::kCleo) return plot_.third ? &cleo_ : nullptr;
  if (who == Who::kAdasGuest) return guest_.name.empty() ? nullptr : &guest_;
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
  for (const MethodDescriptor* method : MethodsOf(who)) {
    const auto policy = PolicyOf(method);
    if (policy.effect() != ov::EFFECT_READ) continue;
    const Descriptor* type = method->input_type();
    const std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    const auto* about = type->FindFieldByName(policy.family());
    // What is about no family is asked once: who the caller is.
    for (const std::string& name :
         about == nullptr ? std::vector<std::string>(1) : Candidates(RuleOf(about))) {
      request->Clear();
      if (about != nullptr) request->GetReflection()->SetString(request.get(), about, name);
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
      if (type->FindFieldByName("filter") != nullptr) {
        SetTextIfAny(*request, "page_token", "");
        AskFiltered(who, *request, questions);
      }
    }
  }
}

void World::AskFiltered(Who who, const Message& list, std::vector<Question>& questions) {
  // A list's answer has one repeated field: its entries.
  const std::string& asked = list.GetDescriptor()->full_name();
  const Descriptor* answer = list.GetDescriptor()->file()->pool()->FindMessageTypeByName(
      asked.substr(0, asked.size() - std::string_view("Request").size()) + "Response");
  const Descriptor* entry = answer->field(0)->message_type();
  const std::unique_ptr<Message> request(list.New());
  request->CopyFrom(list);
  SetNumber(*request, "page_size", 2);
  for (int i = 0; i < entry->field_count(); ++i) {
    const FieldDescriptor* field = entry->field(i);
    std::string value;
    if (field->enum_type() != nullptr) {
      const auto* values = field->enum_type();
      value =
          values->value(static_cast<int>(Dice(static_cast<std::uint32_t>(values->value_count()))))
              ->name();
    } else if (const auto all = Candidates(RuleOf(field)); !all.empty()) {
      value = "\"" + all[Dice(static_cast<std::uint32_t>(all.size()))] + "\"";
    } else {
      continue;
    }
    SetTextIfAny(*request, "filter",
                 std::string(field->name()) + (field->is_repeated() ? ":" : " = ") + value);
    SetTextIfAny(*request, "order_by", Dice(2) == 0 ? "" : "create_time desc");
    AskOne(who, *request, questions);
  }
}

void World::AskWrites(Who who, std::vector<Question>& questions) {
  for (const MethodDescriptor* method : MethodsOf(who)) {
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

// Of a form that they have, read and sent; who was invited to it may skip it instead.
void World::AskForms(Who who, std::vector<Question>& questions) {
  if (who == Who::kAdasGuest) return AskForm(who, invited_, questions);
  av::ListRatingRequestsRequest list;
  list.set_parent(family_);
  const Answer listed = AskOne(who, list, questions);
  if (!listed.status.ok()) return;
  const auto& all =
      static_cast<const av::ListRatingRequestsResponse&>(*listed.message).rating_requests();
  if (all.empty()) return;
  AskForm(who, all[static_cast<int>(Dice(static_cast<std::uint32_t>(all.size())))].name(),
          questions);
}

void World::AskForm(Who who, const std::string& form_name, std::vector<Question>& questions) {
  av::GetRatingFormRequest get;
  get.set_rating_request(form_name);
  const Answer shown = AskOne(who, get, questions);
  if (!shown.status.ok()) return;
  const auto& form = static_cast<const av::GetRatingFormResponse&>(*shown.message).rating_form();
  if (who == Who::kAdasGuest && Dice(3) == 0) {
    av::SkipRatingRequestRequest skip;
    skip.set_rating_request(form_name);
    skip.set_etag(form.rating_request().etag());
    AskOne(who, skip, questions);
  } else {
    AskOne(who, Filled(*PersonOf(who), form), questions);
  }
}

std::vector<Question> World::Ask(const std::vector<Who>& watchers) {
  std::vector<Question> questions;
  random_.seed(plot_.seed);
  for (const Who who : watchers) {
    if (PersonOf(who) == nullptr) continue;
    AskReads(who, questions);
    AskForms(who, questions);
    if (who != Who::kAdasGuest) {
      AskGoalSteps(who, questions);
      AskHomeworkSteps(who, questions);
      AskRatingSteps(who, questions);
      AskOtherSteps(who, questions);
    }
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
