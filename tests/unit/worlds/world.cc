#include "unit/worlds/world.h"

#include "conformance/request_builder.h"
#include "platform/schema/times.h"

#include <google/protobuf/descriptor.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>
#include <rapport/intake/v1/account_requests.pb.h>
#include <rapport/intake/v1/case_requests.pb.h>
#include <rapport/intake/v1/safeguard_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>

#include <algorithm>
#include <utility>

namespace rapport::worlds {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
namespace iv = intake::v1;
namespace nv = notes::v1;
namespace gv = goals::v1;
namespace ov = options::v1;

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                       kDay = 24 * kHour;

type::v1::ExternalId ExternalId(std::string value) {
  type::v1::ExternalId id;
  id.set_system("clinic");
  id.set_value(std::move(value));
  return id;
}

}  // namespace

Plot Plot::Of(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto dice = [&](std::uint32_t sides) {
    return std::uniform_int_distribution<std::uint32_t>(0, sides - 1)(random);
  };
  Plot plot{.seed = seed};
  // Too young for forms, for a child's form, for an adult's; with a say of their own; an adult.
  constexpr int kAges[] = {4, 9, 13, 16, 40};
  plot.bo_age = dice(2) == 0 ? 40 : kAges[dice(5)];
  plot.third = dice(2) == 0;
  plot.cleo_age = dice(2) == 0 ? 40 : kAges[dice(5)];
  plot.guest_first = dice(2) == 0;
  plot.joint_homework = dice(3) != 0;
  plot.late_homework = dice(2) == 0;
  plot.own_goal = dice(2) == 0;
  plot.bo_shares = dice(2) == 0;
  plot.parent = plot.bo_age < 18 && dice(3) != 0;
  plot.parent_consents_to_ratings = dice(2) == 0;
  plot.custody = static_cast<int>(dice(3));
  plot.policy = 1 + static_cast<int>(dice(4));
  plot.ada_signs = dice(2) == 0;
  plot.bo_signs = plot.bo_age >= 18 && dice(2) == 0;
  plot.colleagues = dice(2) == 0;
  plot.sessions = 1 + static_cast<int>(dice(2));
  for (std::uint32_t i = 0, acts = 1 + dice(6); i < acts; ++i) {
    plot.acts.push_back({static_cast<Deed>(dice(kDeeds)), static_cast<std::uint32_t>(random())});
  }
  plot.colleagues = plot.colleagues || std::ranges::any_of(plot.acts, [](const worlds::Act& act) {
                      return act.deed == Deed::kIsWrittenAboutByTrainee;
                    });
  return plot;
}

World::World(InProcessSuite& suite, ManualClock& clock, Staff staff, std::uint32_t number,
             const Plot& plot)
    : suite_(suite),
      clock_(clock),
      number_(number),
      plot_(plot),
      random_(plot.seed),
      staff_(std::move(staff)) {}

const Caller& World::Therapist() {
  static const Caller therapist{"tess", ov::ROLE_CLINICIAN};
  return therapist;
}

const Caller& World::Trainee() {
  static const Caller trainee{"tina", ov::ROLE_TRAINEE};
  return trainee;
}

const Caller& World::Supervisor() {
  static const Caller supervisor{"sue", ov::ROLE_SUPERVISOR};
  return supervisor;
}

const Caller& World::Desk() {
  static const Caller desk{"ida", ov::ROLE_ADMIN};
  return desk;
}

Staff World::Hire(InProcessSuite& suite, ManualClock& clock) {
  clock.Set(support::kMonday);
  suite.At(0, 0);
  const auto hire = [&](const std::string& name, iv::ProfessionalKind kind, const Caller* account) {
    iv::CreateProfessionalRequest create;
    create.mutable_professional()->set_display_name(name + " Example");
    create.mutable_professional()->set_kind(kind);
    *create.mutable_professional()->add_external_ids() = ExternalId(name);
    const auto created = suite.Do<iv::CreateProfessionalResponse>(Desk(), create).professional();
    if (account == nullptr) return created.name();
    iv::LinkAccountRequest link;
    link.set_resource(created.name());
    link.set_subject(account->subject);
    suite.Do<iv::LinkAccountResponse>(Desk(), link);
    return created.name();
  };
  Staff staff{hire("tess", iv::PROFESSIONAL_KIND_STAFF, &Therapist()),
              hire("hal", iv::PROFESSIONAL_KIND_STAFF, nullptr),
              hire("tina", iv::PROFESSIONAL_KIND_TRAINEE, &Trainee())};
  iv::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(
      hire("sue", iv::PROFESSIONAL_KIND_STAFF, &Supervisor()));
  assign.mutable_supervision()->set_supervisee(staff.trainee);
  suite.Do<iv::AssignSupervisorResponse>(Desk(), assign);
  return staff;
}

// Every turn has its time (a minute each, of questions a second), its ids and, for the writes, its
// request ids.
void World::Turn(int turn) {
  turn_ = turn;
  const std::int64_t into_us =
      std::min(turn, kFirstQuestion) * kMinute + std::max(turn - kFirstQuestion, 0) * kSecond;
  clock_.Set(support::kMonday + 60 * kDay + number_ * 2 * kDay + into_us);
  suite_.At(number_, static_cast<std::uint16_t>(turn));
}

Answer World::Try(const Caller& caller, const Message& request) {
  Answer answer = suite_.Call(caller, request);
  if (answer.message != nullptr) Remember(*answer.message);
  return answer;
}

void World::Remember(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    for (int i = 0, n = field->is_repeated() ? reflection.FieldSize(message, field) : 1; i < n;
         ++i) {
      if (field->message_type() != nullptr) {
        Remember(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                      : reflection.GetMessage(message, field));
      } else if (field->name() == "name") {
        const std::string name = reflection.GetString(message, field);
        names_[conformance::ShapeOf(name)].insert(name);
      }
    }
  }
}

void World::Begin() {
  Turn(1);
  OpenCase();
  Turn(2);
  SetGoals();
  if (plot_.joint_homework) AgreeHomework();
  for (int i = 0; i < plot_.sessions; ++i) {
    Turn(3 + 20 * i);
    sessions_.push_back(Hold(nv::SESSION_FORMAT_WHOLE_FAMILY, everybody_).name());
  }
  Turn(60);
  if (plot_.late_homework) AgreeHomework();
  gv::ProposeHomeworkRequest offer;
  offer.set_parent(family_);
  *offer.mutable_homework()->mutable_terms() = Terms(goal_, everybody_);
  offered_ = Do<gv::ProposeHomeworkResponse>(Therapist(), offer).homework().name();
  *offer.mutable_homework()->mutable_terms() = Terms(goal_, {ada_.name, bo_.name});
  last_ = Do<gv::ProposeHomeworkResponse>(Therapist(), offer).homework().name();
  gv::RespondToHomeworkRequest accept;
  accept.set_name(last_);
  accept.set_responder(bo_.name);
  accept.set_answer(gv::HOMEWORK_ANSWER_ACCEPT);
  accept.set_terms_revision(1);
  accept.set_shared(true);
  Do<gv::RespondToHomeworkResponse>(bo_.caller, accept);
  suite_.Deliver();
  Turn(61);
  InviteAda();
}

// To one of her forms, if she has any.
void World::InviteAda() {
  const auto forms = Forms(ada_);
  if (forms.empty()) return;
  alliance::v1::CreateRatingInvitationRequest invite;
  invited_ = forms[Dice(static_cast<std::uint32_t>(forms.size()))].name();
  invite.set_rating_request(invited_);
  invite.set_lifetime_seconds(7 * 86'400);
  invite.set_shared_device(Dice(2) == 0);
  const auto invitation =
      Do<alliance::v1::CreateRatingInvitationResponse>(Therapist(), invite).rating_invitation();
  guest_ = ada_;
  guest_.caller = suite_.HolderOf(invitation.token());
}

iv::FamilyImportOutcome World::ImportFamily(
    const std::string& what, const std::vector<std::pair<std::string, int>>& members) {
  const std::string number = std::to_string(number_);
  iv::BatchImportFamiliesRequest request;
  auto& row = *request.add_families();
  *row.mutable_external_id() = ExternalId(what + "-" + number);
  row.set_display_name("Example family");
  *row.mutable_open_time() = schema::ToTimestamp(clock_.NowMicros() - kDay);
  *row.mutable_therapist() = ExternalId("tess");
  for (const auto& [who, age] : members) {
    auto& member = *row.add_members();
    *member.mutable_external_id() = ExternalId(what + "-" + who + "-" + number);
    member.set_display_name(who + " Example");
    member.set_role(age < 18 ? iv::MEMBER_ROLE_CHILD : iv::MEMBER_ROLE_PARENT);
    member.set_involvement(iv::INVOLVEMENT_DIRECT);
    member.mutable_birth_date()->set_year(2026 - age);
    member.mutable_birth_date()->set_month(5);
    member.mutable_birth_date()->set_day(4);
  }
  auto& attestation = *request.mutable_attestation();
  attestation.set_attested_by("Ida Example");
  *attestation.mutable_attest_time() = row.open_time();
  attestation.set_statement("signed papers were seen");
  attestation.set_screened_by("Ida Example");
  *attestation.mutable_screen_time() = row.open_time();
  for (const auto purpose : {iv::CONSENT_PURPOSE_TREATMENT, iv::CONSENT_PURPOSE_CONJOINT_TREATMENT,
                             iv::CONSENT_PURPOSE_RATINGS}) {
    attestation.add_consents(purpose);
  }
  auto outcome = Do<iv::BatchImportFamiliesResponse>(Desk(), request).outcomes(0);
  if (outcome.status() != iv::IMPORT_STATUS_CREATED) {
    throw std::runtime_error(outcome.ShortDebugString());
  }
  return outcome;
}

void World::OpenCase() {
  std::vector<std::pair<std::string, int>> members = {{"ada", 40}, {"bo", plot_.bo_age}};
  if (plot_.third) members.emplace_back("cleo", plot_.cleo_age);
  const iv::FamilyImportOutcome outcome = ImportFamily("family", members);
  const std::string number = std::to_string(number_);
  family_ = outcome.family();
  everybody_ = {outcome.members().begin(), outcome.members().end()};
  for (const std::string& member : everybody_) {
    names_[conformance::ShapeOf(member)].insert(member);
  }
  names_[conformance::ShapeOf(family_)].insert(family_);
  const std::vector<std::pair<const char*, Person*>> people = {
      {"ada-", &ada_}, {"bo-", &bo_}, {"cleo-", &cleo_}};
  for (std::size_t i = 0; i < everybody_.size(); ++i) {
    Person* person = people[i].second;
    person->caller = {people[i].first + number, ov::ROLE_MEMBER};
    person->name = everybody_[i];
    iv::LinkAccountRequest link;
    link.set_resource(person->name);
    link.set_subject(person->caller.subject);
    Do<iv::LinkAccountResponse>(Desk(), link);
    iv::RecordPresentingProblemRequest record;
    record.set_parent(family_);
    record.mutable_problem()->set_member(person->name);
    record.mutable_problem()->set_words("we shout at each other");
    record.set_severity(7);
    person->problem = Do<iv::RecordPresentingProblemResponse>(Therapist(), record).problem().name();
  }
  AgreeOnSecrets();
  if (plot_.parent) MakeAdaParent();
  providers_ = {staff_.therapist};
  if (plot_.colleagues) AddColleagues();
}

void World::SetGoals() {
  gv::ProposeGoalRequest propose;
  propose.set_parent(family_);
  propose.set_proposed_by(ada_.name);
  auto& goal = *propose.mutable_goal();
  goal.add_owners(ada_.name);
  goal.set_scope(gv::GOAL_SCOPE_INDIVIDUAL);
  goal.set_words("we eat together without shouting");
  goal.set_shared(true);
  goal_ = Do<gv::ProposeGoalResponse>(ada_.caller, propose).goal().name();
  if (plot_.own_goal) {
    goal.set_words("an evening a week of my own");
    goal.set_shared(false);
    Do<gv::ProposeGoalResponse>(ada_.caller, propose);
  }
  if (!plot_.bo_shares) return;
  propose.set_proposed_by(bo_.name);
  goal.mutable_owners()->Clear();
  goal.add_owners(bo_.name);
  goal.set_words("a weekend at the lake");
  goal.set_shared(true);
  Do<gv::ProposeGoalResponse>(bo_.caller, propose);
  goal.add_owners(ada_.name);
  goal.set_scope(gv::GOAL_SCOPE_DYAD);
  goal.set_words("we talk before we decide");
  gv::SetStanceRequest endorse;
  endorse.set_name(Do<gv::ProposeGoalResponse>(bo_.caller, propose).goal().name());
  endorse.mutable_stance()->set_holder(ada_.name);
  endorse.mutable_stance()->set_kind(gv::STANCE_KIND_ENDORSES);
  endorse.mutable_stance()->set_shared(true);
  Do<gv::SetStanceResponse>(ada_.caller, endorse);
}

gv::HomeworkTerms World::Terms(const std::string& goal, const std::vector<std::string>& doers) {
  gv::HomeworkTerms terms;
  terms.set_what("eat at the table, phones away");
  for (const std::string& doer : doers) terms.add_doers(doer);
  terms.set_when("twice this week");
  terms.set_how_we_will_know("both meals are on the list");
  terms.set_rationale("a meal is where the shouting starts");
  auto& link = *terms.add_goals();
  link.set_goal(goal);
  link.set_how("a quiet meal is a step to quiet meals");
  *terms.mutable_due_time() = schema::ToTimestamp(clock_.NowMicros() + 7 * kDay);
  return terms;
}

void World::AgreeHomework() {
  gv::ProposeHomeworkRequest propose;
  propose.set_parent(family_);
  *propose.mutable_homework()->mutable_terms() = Terms(goal_, {ada_.name, bo_.name});
  const auto homework = Do<gv::ProposeHomeworkResponse>(Therapist(), propose).homework();
  homework_.push_back(homework.name());
  for (const Person* person : {&ada_, &bo_}) {
    gv::RespondToHomeworkRequest respond;
    respond.set_name(homework.name());
    respond.set_responder(person->name);
    respond.set_answer(gv::HOMEWORK_ANSWER_ACCEPT);
    respond.set_terms_revision(homework.terms_revision());
    respond.set_shared(true);
    respond.set_comment("gladly");
    Do<gv::RespondToHomeworkResponse>(person->caller, respond);
  }
}

// Begins in this turn, ends ten turns later.
nv::Session World::Hold(nv::SessionFormat format, const std::vector<std::string>& members) {
  nv::ScheduleSessionRequest schedule;
  schedule.set_parent(family_);
  auto& session = *schedule.mutable_session();
  session.set_format(format);
  session.set_mode(nv::SESSION_MODE_OFFICE);
  *session.mutable_scheduled_start_time() = schema::ToTimestamp(clock_.NowMicros());
  *session.mutable_scheduled_end_time() = schema::ToTimestamp(clock_.NowMicros() + kHour);
  for (const std::string& member : members) session.add_invited_members(member);
  for (const std::string& provider : providers_) session.add_invited_professionals(provider);
  session = Do<nv::ScheduleSessionResponse>(Therapist(), schedule).session();
  nv::StartSessionRequest start;
  start.set_name(session.name());
  start.set_etag(session.etag());
  session = Do<nv::StartSessionResponse>(Therapist(), start).session();
  nv::RecordAttendanceRequest attend;
  attend.set_name(session.name());
  attend.set_etag(session.etag());
  for (const auto* people : {&members, &std::as_const(providers_)}) {
    for (const std::string& person : *people) {
      auto& entry = *attend.add_attendance();
      entry.set_person(person);
      entry.set_presence(nv::PRESENCE_PRESENT);
    }
  }
  session = Do<nv::RecordAttendanceResponse>(Therapist(), attend).session();
  Turn(turn_ + 10);
  nv::EndSessionRequest end;
  end.set_name(session.name());
  end.set_etag(session.etag());
  return Do<nv::EndSessionResponse>(Therapist(), end).session();
}

}  // namespace rapport::worlds
