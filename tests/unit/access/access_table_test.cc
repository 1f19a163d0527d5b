// The policies of all RPCs against a second table of who may call what (access_table.md), written
// from the design and not from the policies: every role, relation, consent and state of the case.
#include "unit/access/access_table.h"

#include "platform/rpc/authorise.h"
#include "platform/schema/method_table.h"

#include <google/protobuf/descriptor.h>
#include <rapport/intake/v1/consent.pb.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

namespace rapport::access {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
namespace ov = options::v1;

constexpr std::int64_t kNow = 1'000'000;
const std::string kFamily(16, 'f'), kElsewhere(16, 'e');
const std::string kTherapist(16, 't'), kSchool(16, 's'), kLeaver(16, 'l'), kNewcomer(16, 'n'),
    kWatcher(16, 'w');
const std::string kMother(16, 'm'), kChild(16, 'c'), kFather(16, 'd');

std::string Source() {
  const char* source = std::getenv("RAPPORT_SOURCE");
  return source == nullptr ? "." : source;
}

const AccessTable& Table() {
  static const AccessTable table = ReadAccessTable(Source() + "/tests/unit/access/access_table.md");
  return table;
}

struct Method {
  std::string name;
  schema::MethodPolicy policy;
};

// Every method of every service of ours, by the tree and not by a list.
const std::vector<Method>& Methods() {
  static const std::vector<Method> methods = [] {
    std::vector<Method> all;
    const std::filesystem::path protos = std::filesystem::path(Source()) / "protos";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(protos / "rapport")) {
      if (entry.path().extension() != ".proto") continue;
      const std::string path = std::filesystem::relative(entry.path(), protos);
      const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(path);
      EXPECT_NE(file, nullptr) << path << " is not built";
      for (int s = 0; file != nullptr && s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          const MethodDescriptor* method = file->service(s)->method(m);
          const auto policy = schema::PolicyOf(method);
          EXPECT_TRUE(policy.ok()) << policy.status();
          if (policy.ok()) {
            all.push_back({method->service()->full_name() + "/" + method->name(), *policy});
          }
        }
      }
    }
    return all;
  }();
  return methods;
}

// One way to stand to the family. What it amounts to is written here by hand.
struct Person {
  const char* subject;
  bool team = false, supervises = false, broke_glass = false;
  bool author = false, supervises_author = false;
  std::vector<std::string> members;  // whom they are now
  std::optional<Principal::Invitation> invitation;
};

const std::vector<Person>& People() {
  static const std::string id(16, 'i'), session(16, 'h');
  static const std::vector<Person> people = {
      {.subject = "therapist", .team = true, .author = true},
      {.subject = "school"},                  // on the system, indirectly
      {.subject = "leaver", .author = true},  // left this instant
      {.subject = "newcomer"},                // joins tomorrow
      {.subject = "boss", .supervises = true, .supervises_author = true},
      {.subject = "old boss"},                              // of the therapist, until this instant
      {.subject = "next boss"},                             // of the therapist, from tomorrow
      {.subject = "idle boss", .supervises_author = true},  // of somebody who left
      {.subject = "school boss"},                           // of somebody who is there indirectly
      {.subject = "early boss"},                            // of somebody who joins tomorrow
      {.subject = "watcher",
       .team = true,
       .author = true},  // behind the mirror, in the role of a supervisor
      {.subject = "playing boss",
       .team = true,
       .supervises = true,
       .author = true,
       .supervises_author = true},
      {.subject = "night", .broke_glass = true},
      {.subject = "last night"},  // an opening that is over
      {.subject = "mother", .members = {kMother}},
      {.subject = "child", .members = {kChild}},
      {.subject = "both", .members = {kMother, kChild}},
      {.subject = "father"},    // left the family
      {.subject = "stranger"},  // of the agency
      {.subject = "mother's form",
       .invitation = Principal::Invitation{id, kFamily, session, kMother}},
      {.subject = "other form",
       .invitation = Principal::Invitation{id, kElsewhere, session, kMother}},
  };
  return people;
}

enum class Paper { kThere, kRevoked, kExpired, kNever };

AccessFacts Facts(CaseState state, Paper paper) {
  AccessFacts facts;
  facts.family = kFamily;
  facts.state = state;
  const auto helper = [&](const std::string& id, std::vector<std::string> subjects, bool direct,
                          Period period) {
    facts.helpers.push_back({id, std::move(subjects), 1, direct, false, period});
  };
  helper(kTherapist, {"therapist", "playing boss"}, true, {1, 0});
  helper(kSchool, {"school"}, false, {1, 0});
  helper(kLeaver, {"leaver"}, true, {1, kNow});
  helper(kNewcomer, {"newcomer"}, true, {kNow + 1, 0});
  helper(kWatcher, {"watcher"}, true, {1, 0});
  const auto boss = [&](const char* subject, const std::string& supervisee, Period period) {
    facts.supervisors.push_back({std::string(16, 'b'), {subject}, supervisee, period});
  };
  boss("boss", kTherapist, {1, 0});
  boss("playing boss", kTherapist, {1, 0});
  boss("old boss", kTherapist, {1, kNow});
  boss("next boss", kTherapist, {kNow + 1, 0});
  boss("idle boss", kLeaver, {1, 0});
  boss("school boss", kSchool, {1, 0});
  boss("early boss", kNewcomer, {1, 0});
  facts.members = {{kMother, {"mother", "both"}, true, 1980, 1, 1, {1, 0}},
                   {kChild, {"child", "both"}, true, 2020, 1, 1, {1, 0}},
                   {kFather, {"father"}, true, 1980, 1, 1, {1, kNow}}};
  facts.break_glass = {{std::string(16, 'g'), std::string(16, 'q'), {"night"}, {1, kNow + 1}},
                       {std::string(16, 'g'), std::string(16, 'q'), {"last night"}, {1, kNow}}};
  if (paper == Paper::kNever) return facts;
  // Expired ones end by themselves, revoked ones at once: to the decision both have ended.
  const std::int64_t end = paper == Paper::kThere ? 0 : paper == Paper::kRevoked ? kNow : 10;
  for (int purpose = 1; purpose < intake::v1::ConsentPurpose_ARRAYSIZE; ++purpose) {
    for (const std::string& member : {kMother, kChild}) {
      facts.consents.push_back({member, purpose, {1, end}});
    }
  }
  return facts;
}

using Roles = std::vector<std::string>;

std::string RoleName(int number) {
  std::string name = ov::Role_Name(number).substr(5);  // ROLE_
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// What is asked for, by whom, of what.
struct Question {
  const Method* method;
  const Expectation* row;
  const Person* person;
  const Roles* roles;
  const AccessFacts* facts;  // null: no such family in the caller's agency
  rpc::Subject subject;
  Paper paper;
  bool scoped = true;  // the token has the scope that the method asks for
};

bool ConsentHolds(const Question& q) {
  if (q.row->consent.empty()) return true;
  return q.paper == Paper::kThere && q.subject.self != kFather;
}

// By its name, as the table says it.
bool Reads(std::string_view method) {
  const std::string_view name = method.substr(method.find('/') + 1);
  return std::ranges::any_of(std::array{"Get", "List", "Check", "Search"},
                             [&](const char* verb) { return name.starts_with(verb); });
}

bool NeverOpened(CaseState state) {
  return state != CaseState::kOpen && state != CaseState::kOnHold && state != CaseState::kClosed;
}

// The table's answer: how the caller is seen; nothing when refused. Who stands to the family in
// several ways is seen by the nearest.
std::optional<Viewer> Expected(const Question& q) {
  const Expectation& row = *q.row;
  if (row.services_alone || (!row.scope.empty() && !q.scoped)) return std::nullopt;
  if (row.any_token) return Viewer::kAgency;
  const Person& who = *q.person;
  const auto may = [&](Way way) {
    return std::any_of(q.roles->begin(), q.roles->end(),
                       [&](const std::string& role) { return row.Has(way, role); });
  };
  const bool about_family = !q.method->policy.family.empty();
  if (q.facts != nullptr) {
    const bool supervisor = who.supervises || who.team;
    const auto is = [&](std::string_view one) {
      return std::find(who.members.begin(), who.members.end(), one) != who.members.end();
    };
    const bool names = !q.subject.self.empty();
    const bool opened = who.broke_glass && (row.in_emergency || Reads(q.method->name));
    if ((who.team || opened) && may(Way::kTeam)) return Viewer::kCareTeam;
    if (who.team && may(Way::kTreats)) return Viewer::kCareTeam;
    if (supervisor && may(Way::kSupervises)) {
      return who.supervises ? Viewer::kSupervisor : Viewer::kCareTeam;
    }
    const auto wrote = [&](const std::string& role) {
      return row.Has(Way::kAuthor, role) &&
             (role == "supervisor" ? who.supervises_author : who.author);
    };
    if (std::any_of(q.roles->begin(), q.roles->end(), wrote)) return Viewer::kAuthor;
    if (!who.members.empty() && may(Way::kMember) &&
        (names ? is(q.subject.self) : !row.member_named)) {
      if (ConsentHolds(q)) return Viewer::kMember;
    }
    if (who.invitation && may(Way::kInvited) && who.invitation->family == q.subject.family &&
        (names ? who.invitation->member == q.subject.self : !row.invited_named)) {
      if (ConsentHolds(q)) return Viewer::kInvited;
    }
    if (NeverOpened(q.facts->state) && may(Way::kIntake)) return Viewer::kIntakeWorker;
  }
  const bool known = !about_family || q.facts != nullptr || q.subject.any_family;
  if (known && may(Way::kAgency)) return Viewer::kAgency;
  return std::nullopt;
}

std::string NameOf(std::optional<Viewer> viewer) {
  static const char* names[] = {"nobody", "agency", "intake worker", "care team", "supervisor",
                                "author", "member", "invited",       "peer"};
  return viewer ? names[static_cast<int>(*viewer)] : "refused";
}

// What a failure says of the question.
std::string Describe(const Question& q) {
  std::string text = q.method->name + " as '" + q.person->subject + "' with";
  for (const std::string& role : *q.roles) text += " " + role;
  if (q.roles->empty()) text += " no role";
  if (q.facts != nullptr) {
    text += ", state " + std::to_string(static_cast<int>(q.facts->state));
  } else {
    text += q.subject.any_family ? ", all families" : ", no such family";
  }
  for (const auto& [id, name] : std::initializer_list<std::pair<std::string, const char*>>{
           {kMother, "mother"}, {kChild, "child"}, {kFather, "father"}}) {
    if (q.subject.self == id) text += std::string(", naming the ") + name;
  }
  if (!q.scoped) text += ", without the scope";
  return text + ", consent " + std::to_string(static_cast<int>(q.paper));
}

class Walk {
 public:
  // One method: all roles one by one in everything, all pairs of roles in what they can differ in.
  void Of(const Method& method, const Expectation& row) {
    constexpr int kRoles = ov::Role_ARRAYSIZE;
    Roles none;
    With(method, row, none, true);
    for (int a = 1; a < kRoles; ++a) With(method, row, {RoleName(a)}, true);
    for (int a = 1; a < kRoles; ++a) {
      for (int b = a + 1; b < kRoles; ++b) With(method, row, {RoleName(a), RoleName(b)}, false);
    }
  }

  int asked() const { return asked_; }

 private:
  void With(const Method& method, const Expectation& row, const Roles& roles, bool all) {
    for (const Person& person : People()) {
      Principal principal;
      principal.agency = "harbour";
      principal.subject = person.subject;
      for (const std::string& role : roles) {
        for (int number = 1; number < ov::Role_ARRAYSIZE; ++number) {
          if (RoleName(number) == role) principal.roles.Add(number);
        }
      }
      if (person.invitation) {
        principal.invitation = std::make_shared<const Principal::Invitation>(*person.invitation);
      }
      if (!row.scope.empty()) principal.scopes = {"openid", row.scope};
      Question q{&method, &row, &person, &roles, nullptr, {}, Paper::kThere};
      for (const AccessFacts& facts : all ? every_case_ : open_or_not_) {
        q.facts = method.policy.family.empty() ? nullptr : &facts;
        q.paper = PaperOf(facts);
        Subjects(principal, q);
      }
      q.facts = nullptr;
      q.paper = Paper::kThere;
      Subjects(principal, q);
    }
  }

  void Subjects(const Principal& principal, Question q) {
    const bool about_family = !q.method->policy.family.empty();
    q.subject = {};
    if (about_family) q.subject.family = kFamily;
    Ask(principal, q);
    if (!q.method->policy.self.empty()) {
      for (const std::string* self : {&kMother, &kChild, &kFather}) {
        q.subject.self = *self;
        Ask(principal, q);
      }
      q.subject.self = {};
    }
    if (about_family && q.facts == nullptr) {
      q.subject = {.any_family = true};
      Ask(principal, q);
    }
  }

  void Ask(const Principal& principal, const Question& q) {
    if (q.scoped && !q.row->scope.empty()) {
      Principal without = principal;
      without.scopes = {"openid", q.row->scope + "_of_another_kind"};
      Question unscoped = q;
      unscoped.scoped = false;
      Ask(without, unscoped);
    }
    ++asked_;
    const rpc::Decision decision =
        rpc::Decide(principal, q.method->policy, q.subject, q.facts, kNow);
    const std::optional<Viewer> found =
        decision.allowed() ? std::optional(decision.viewer) : std::nullopt;
    const std::optional<Viewer> expected = Expected(q);
    if (found != expected) {
      if (++wrong_[q.method->name] <= 3) {
        ADD_FAILURE() << Describe(q) << ": the table says " << NameOf(expected)
                      << ", the policy says " << NameOf(found);
      }
      return;
    }
    if (!found) return;
    // Who somebody is, too: row filters go by it.
    const std::vector<std::string> none;
    const bool form = *found == Viewer::kInvited;
    const auto& members = *found == Viewer::kMember ? q.person->members : none;
    EXPECT_EQ(decision.members, form ? std::vector<std::string>{kMother} : members) << Describe(q);
    const bool helps =
        *found == Viewer::kCareTeam || *found == Viewer::kSupervisor || *found == Viewer::kAuthor;
    EXPECT_EQ(decision.professional.empty(), !helps) << Describe(q);
    EXPECT_EQ(!decision.break_glass.empty(), q.person->broke_glass && helps) << Describe(q);
  }

  Paper PaperOf(const AccessFacts& facts) const {
    if (facts.consents.empty()) return Paper::kNever;
    const std::int64_t end = facts.consents.front().period.to_us;
    return end == 0 ? Paper::kThere : end == kNow ? Paper::kRevoked : Paper::kExpired;
  }

  static std::vector<AccessFacts> Cases(std::initializer_list<int> states,
                                        std::initializer_list<Paper> papers) {
    std::vector<AccessFacts> cases;
    for (const int state : states) {
      for (const Paper paper : papers) {
        cases.push_back(Facts(static_cast<CaseState>(state), paper));
      }
    }
    return cases;
  }

  const std::vector<AccessFacts> every_case_ =
      Cases({1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
            {Paper::kThere, Paper::kRevoked, Paper::kExpired, Paper::kNever});
  const std::vector<AccessFacts> open_or_not_ =
      Cases({static_cast<int>(CaseState::kReady), static_cast<int>(CaseState::kOpen)},
            {Paper::kThere, Paper::kNever});
  std::map<std::string, int> wrong_;
  int asked_ = 0;
};

TEST(AccessTable, IsWellFormed) {
  for (const std::string& fault : Table().faults) ADD_FAILURE() << "access_table.md, " << fault;
  std::set<std::string> known;
  for (int role = 1; role < ov::Role_ARRAYSIZE; ++role) known.insert(RoleName(role));
  for (const auto& [name, row] : Table().rows) {
    for (const auto& [way, roles] : row.roles) {
      for (const std::string& role : roles) {
        EXPECT_TRUE(known.count(role)) << name << " lets in '" << role << "', which is no role";
      }
    }
    intake::v1::ConsentPurpose purpose;
    EXPECT_TRUE(row.consent.empty() ||
                intake::v1::ConsentPurpose_Parse("CONSENT_PURPOSE_" + row.consent, &purpose))
        << name << " asks for a consent to '" << row.consent << "', which is no purpose";
  }
}

TEST(AccessTable, HasARowForEveryMethodAndNoOther) {
  std::set<std::string> names;
  for (const Method& method : Methods()) {
    names.insert(method.name);
    EXPECT_TRUE(Table().rows.count(method.name))
        << method.name << " has no row in tests/unit/access/access_table.md. Read in the design's "
        << "access column who may call it, add the row under its service (roles in the column of "
        << "how they must stand to the family), and run again: the test compares it with the "
        << "policy.";
  }
  for (const auto& [name, row] : Table().rows) {
    EXPECT_TRUE(names.count(name))
        << "access_table.md has a row of " << name << ", which no proto file has: renamed or gone?";
  }
  EXPECT_GE(names.size(), 110u);
}

// Every role (one and two at a time) x everybody x every state x consent there, revoked, expired,
// never given x whom the request names x this family, no such family, all families.
TEST(AccessTable, SaysOfEveryMethodWhatThePolicySays) {
  Walk walk;
  for (const Method& method : Methods()) {
    const auto row = Table().rows.find(method.name);
    if (row != Table().rows.end()) walk.Of(method, row->second);
  }
  EXPECT_GT(walk.asked(), 1'000'000);
  RecordProperty("asked", walk.asked());
}

// Between processes a call needs, beside all of this, a peer that may make it.
TEST(AccessTable, SaysWhichServiceMayCall) {
  for (const Method& method : Methods()) {
    const auto row = Table().rows.find(method.name);
    if (row == Table().rows.end()) continue;
    EXPECT_EQ(method.policy.internal, row->second.services_alone) << method.name;
    for (const char* peer : {"intake", "notes", "goals", "alliance", "console", ""}) {
      EXPECT_EQ(method.policy.AllowsPeer(peer), row->second.mesh.count(peer) != 0)
          << method.name << " called by '" << peer << "'";
    }
  }
}

TEST(AccessTable, SaysWhichScopeTheTokenNeeds) {
  for (const Method& method : Methods()) {
    const auto row = Table().rows.find(method.name);
    if (row != Table().rows.end()) EXPECT_EQ(method.policy.scope, row->second.scope) << method.name;
  }
}

// What a safety step decides, one who is due to be screened, apart or referred, holds from its
// answer on: no copy of the facts is old enough for it. The first four plan and begin sessions and
// homework together, the others are steps that somebody apart must not come to see.
TEST(Freshness, I9_WhatSafetyDecidesAsksIntakeInEachCall) {
  const std::set<std::string> decided = {"ScheduleSession",  "UpdateSession",   "StartSession",
                                         "ProposeHomework",  "CounterHomework", "RespondToHomework",
                                         "WithdrawHomework", "ReportHomework"};
  std::set<std::string> asks;
  for (const Method& method : Methods()) {
    const std::string name = method.name.substr(method.name.find_last_of("./") + 1);
    if (!decided.contains(name)) continue;
    asks.insert(name);
    EXPECT_EQ(method.policy.freshness, options::v1::FRESHNESS_NOW) << method.name;
  }
  EXPECT_EQ(asks, decided);
}

TEST(AccessTable, SaysWhichConsentIsAskedForFirst) {
  for (const Method& method : Methods()) {
    const auto row = Table().rows.find(method.name);
    if (row == Table().rows.end()) continue;
    intake::v1::ConsentPurpose purpose = intake::v1::CONSENT_PURPOSE_UNSPECIFIED;
    if (!row->second.consent.empty()) {
      ASSERT_TRUE(
          intake::v1::ConsentPurpose_Parse("CONSENT_PURPOSE_" + row->second.consent, &purpose));
    }
    EXPECT_EQ(method.policy.consent, static_cast<int>(purpose)) << method.name;
  }
}

}  // namespace
}  // namespace rapport::access
