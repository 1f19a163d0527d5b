#include "conformance/world.h"

#include "cli/client.h"
#include "cli/methods.h"
#include "cli/story.h"
#include "platform/base/strings.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace rapport::conformance {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using options::v1::Grant;

// One person for each role, of whom the story knows nothing.
constexpr const char* kRoles[] = {"intake",   "clinician",       "trainee", "supervisor", "admin",
                                  "director", "privacy_officer", "auditor", "observer",   "member"};

// Whom the story connects with the family by a relation.
std::string PersonFor(const Grant& grant) {
  switch (grant.relation()) {
    case options::v1::RELATION_CARE_TEAM:
    case options::v1::RELATION_TREATS:
    case options::v1::RELATION_AUTHOR:
      return grant.role() == options::v1::ROLE_CLINICIAN ? "anna" : "";
    case options::v1::RELATION_SUPERVISES:
    case options::v1::RELATION_SUPERVISES_AUTHOR:
      return grant.role() == options::v1::ROLE_SUPERVISOR ? "sam" : "";
    case options::v1::RELATION_SELF:
      return "max";
    case options::v1::RELATION_AGENCY: {
      // "ROLE_PRIVACY_OFFICER" -> "only-privacy_officer".
      std::string role = options::v1::Role_Name(grant.role()).substr(5);
      std::transform(role.begin(), role.end(), role.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      const bool known = std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
      return known ? "only-" + role : "";
    }
    default:
      return "";
  }
}

std::string StoryText() {
  const std::string source = std::getenv("RAPPORT_SOURCE");
  std::string text = ReadText(source + "/deploy/local/demo_case.yaml");
  const std::string more = ReadText(source + "/tests/conformance/more_case.yaml");
  const std::size_t steps = more.find("steps:\n");
  if (text.empty() || steps == std::string::npos) throw std::runtime_error("no story");
  return text + "\n" + more.substr(steps + 7);
}

}  // namespace

World& World::Get() {
  static World world;
  return world;
}

World::World() : suite({.settings = {{"lame_duck_seconds", "0"}}}) {
  suite.AddDemoPeople();
  suite.AddPerson("tess", {"trainee"});
  suite.AddPerson("olga", {"privacy_officer"});
  // Scopes open nothing by themselves: everybody has them.
  const std::vector<std::string> scopes = {"psychotherapy_notes", "sud_counseling_notes"};
  for (const char* role : kRoles) {
    suite.AddPerson(Concat({"only-", role}), {role}, "harbour", scopes);
  }
  suite.AddPerson("otto",
                  {"intake", "clinician", "trainee", "supervisor", "admin", "director",
                   "privacy_officer", "auditor", "member"},
                  "meadow", scopes);
  suite.StartAll();
  FindMethods();
  Play();
}

void World::FindMethods() {
  std::vector<std::string> services = support::BuiltServices();
  services.insert(services.end(), {"audit", "changes"});  // in every process
  for (const std::string& service : services) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(
        Concat({"rapport/", service, "/v1/", service, "_service.proto"}));
    if (file == nullptr) throw std::runtime_error("no descriptor of " + service);
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        auto policy = schema::PolicyOf(method);
        if (!policy.ok()) throw std::runtime_error(std::string(policy.status().message()));
        auto& whose = policy->internal ? for_services : methods;
        whose.push_back({method, cli::FullName(*method), *std::move(policy)});
      }
    }
  }
}

void World::Play() {
  const cli::StoryFile story = cli::ParseStory(StoryText());
  for (const auto& mistake : story.mistakes) {
    throw std::runtime_error(
        Concat({"line ", std::to_string(mistake.line), ": ", mistake.expected}));
  }
  auto client = cli::Client::Open(suite.folder());
  if (!client.ok()) throw std::runtime_error(std::string(client.status().message()));
  std::ostringstream said;
  const auto observe = [&](const cli::StoryStep& step, const cli::Caller& caller,
                           const Message& request, const Message& answer) {
    const std::string method = cli::FullName(*step.method);
    CollectNames(answer, names);
    samples.push_back(
        {caller.name, method, request.SerializeAsString(), answer.SerializeAsString()});
    if (step.method->input_type()->FindFieldByName("request_id") == nullptr) return;
    const support::ExchangeOptions as_before{.metadata = {{"authorization", caller.header}}};
    const support::Reply again = suite.Send(method, request.SerializeAsString(), as_before);
    // The same message with a field that nobody knows: other bytes, so another request.
    std::unique_ptr<Message> other(request.New());
    other->CopyFrom(request);
    other->GetReflection()->MutableUnknownFields(other.get())->AddVarint(15'000, 1);
    repeats.push_back({method, answer.SerializeAsString(), again.ok() ? again.body : again.Text(),
                       suite.Send(method, other->SerializeAsString(), as_before)});
  };
  const absl::Status played =
      cli::PlayStory(story, **client, suite.clock_file(), false, said, observe);
  if (!played.ok()) {
    throw std::runtime_error(Concat({said.str(), std::string(played.message())}));
  }
  AskWhatNoStoryAsks();
}

// What every process serves is for auditors and other systems: the command line has no name for it.
void World::AskWhatNoStoryAsks() {
  for (const PublicMethod& method : methods) {
    const std::string package = method.descriptor->file()->package();
    if (package != "rapport.audit.v1" && package != "rapport.changes.v1") continue;
    if (method.descriptor->server_streaming()) continue;
    const std::string as = CallerOf(method), request = RequestFor(method)->SerializeAsString();
    const support::Reply reply =
        suite.Send(method.name, request, {.metadata = {{"authorization", suite.header(as)}}});
    if (reply.ok()) samples.push_back({as, method.name, request, reply.body});
  }
}

std::string World::CallerOf(const PublicMethod& method) const {
  if (method.policy.open) return "max";
  // A member only where nobody else may.
  for (const bool self : {false, true}) {
    for (const Grant& grant : method.policy.grants) {
      if ((grant.relation() == options::v1::RELATION_SELF) != self) continue;
      const std::string person = PersonFor(grant);
      if (!person.empty()) return person;
    }
  }
  const auto& grants = method.policy.grants;
  if (grants.size() == 1 && grants[0].role() == options::v1::ROLE_SERVICE) return "desk";
  throw std::runtime_error("nobody of the story may call " + method.name);
}

std::unique_ptr<Message> World::RequestFor(const PublicMethod& method) const {
  return FilledRequest(method.descriptor->input_type(), names);
}

std::unique_ptr<Message> World::UnknownFor(const PublicMethod& method) const {
  static const Names kNone;
  return FilledRequest(method.descriptor->input_type(), kNone);
}

}  // namespace rapport::conformance
