// One family with a story made from a seed: what happens to all of it, what one member (Bo) does in
// private, and what another one (Ada) is answered. Played twice, with and without Bo's acts, Ada
// must be answered the same.
//
// A world plays in a suite that other worlds played in before. For tests; one thread.
#pragma once

#include "unit/worlds/in_process_suite.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/rating_request.pb.h>
#include <rapport/goals/v1/goal.pb.h>
#include <rapport/goals/v1/homework.pb.h>
#include <rapport/intake/v1/account_requests.pb.h>
#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace rapport::worlds {

// What Bo does, or the therapist about him, that is nobody else's business.
enum class Deed {
  kRatesSession,     // that everybody attended; perhaps with a comment
  kRatesSeverity,    // of the problem in his words
  kProposesOwnGoal,  // not shared
  kTakesStance,      // on the family's goal, not shared
  kRatesGoal,        // the family's, with a comment
  kIsScreened,       // alone, with any result, also separated from Ada
  kHasSessionAlone,  // and a form to answer after it
  kIsWrittenAbout,   // a signed note with statements about him
  kHasOwnHomework,   // agreed, reported
  kReportsHomework,  // that he has together with Ada
  kOpensForm,
  kSkipsForm,
  kGrantsConsent,            // to research
  kRevokesConsent,           // to ratings
  kReportsConcern,           // that he is not safe, perhaps
  kHasNotesApart,            // of the therapist's own, and of drinking
  kHasSecondFamily,          // that Ada is not in, with the same login; he does things there
  kIsWrittenAboutByTrainee,  // a note that the trainee's supervisor co-signs
};
inline constexpr int kDeeds = 18;
const char* NameOf(Deed deed);

struct Act {
  Deed deed{};
  std::uint32_t dice = 0;  // decides everything about it
};

// What a seed says: how the family is, and what Bo does.
struct Plot {
  std::uint32_t seed = 0;
  int bo_age = 40;     // in years, at the first session; Ada is an adult
  bool third = false;  // Cleo, another member
  int cleo_age = 40;
  // Ada is Bo's parent, where he is a minor, with this custody (intake.v1.Custody), and consented
  // for him, to ratings too perhaps.
  bool parent = false, parent_consents_to_ratings = false;
  int custody = 0;
  // Which secrets policy the family chose (intake.v1.SecretsPolicyOption), and who of them signed.
  int policy = 3;
  bool ada_signs = false, bo_signs = false;
  bool colleagues = false;      // a co-therapist and a trainee, whom a supervisor supervises
  bool guest_first = false;     // Ada's guest asks before she does
  bool joint_homework = false;  // agreed before the sessions
  bool late_homework = false;   // joint, agreed after them
  bool own_goal = false;        // Ada has one that she keeps to herself
  bool bo_shares = false;       // Bo has one that he shares, and one together with Ada
  int sessions = 1;             // of everybody
  std::vector<Act> acts;
  static Plot Of(std::uint32_t seed);
};

// Ada's guest is whoever holds her invitation to one form.
enum class Who { kAda, kAdasGuest, kBo, kCleo };

// One call of one who watches, and its answer.
struct Question {
  Who who{};
  int turn = 0;
  std::shared_ptr<google::protobuf::Message> request;
  std::string answer;  // bytes of the response, or of the google.rpc.Status
  bool ok = false;
  bool after_events = false;  // what was written before it has had its effects everywhere
};

// Names of who works with all families of a suite.
struct Staff {
  std::string therapist, colleague, trainee;
  friend bool operator==(const Staff&, const Staff&) = default;
};

class World {
 public:
  // `number`: of this world in its suite; the same in both that are compared.
  // `staff`: what Hire gave.
  World(InProcessSuite& suite, ManualClock& clock, Staff staff, std::uint32_t number,
        const Plot& plot);

  // What happens to everybody.
  void Begin();
  // Bo's acts. Which of them had an effect.
  std::set<Deed> Act(const std::vector<worlds::Act>& acts);
  // Everything that they may call, one after another, about everything there is: reads, writes,
  // reads again. Who is not in the family asks nothing.
  std::vector<Question> Ask(const std::vector<Who>& watchers);
  // The same questions, asked here.
  std::vector<Question> AskAgain(const std::vector<Question>& questions);

  // Consents that Ada gave for Bo. That such a one holds no more is for who gave it.
  const std::set<std::string>& given_by_ada() const { return given_by_ada_; }

  // Who works in all worlds of a suite; before the first, once.
  static Staff Hire(InProcessSuite& suite, ManualClock& clock);

 private:
  struct Person {
    Caller caller;
    std::string name;     // families/*/members/*
    std::string problem;  // of theirs
  };

  // Turns of questions; before them are those of the story and of Bo's acts.
  static constexpr int kFirstQuestion = 1'000;

  static const Caller& Therapist();
  static const Caller& Trainee();
  static const Caller& Supervisor();
  static const Caller& Desk();
  // Of these members (name and age in years), open, with consents.
  intake::v1::FamilyImportOutcome ImportFamily(
      const std::string& what, const std::vector<std::pair<std::string, int>>& members);
  void InviteAda();
  const Person* PersonOf(Who who) const;
  void Turn(int turn);
  std::uint32_t Dice(std::uint32_t sides) {
    return std::uniform_int_distribution<std::uint32_t>(0, sides - 1)(random_);
  }
  template <typename Response, typename Request>
  Response Do(const Caller& caller, const Request& request) {
    Response response = suite_.Do<Response>(caller, request);
    Remember(response);
    return response;
  }
  // As `caller`; remembers the names in the answer.
  Answer Try(const Caller& caller, const google::protobuf::Message& request);
  void Remember(const google::protobuf::Message& message);
  // Of an answer to who watches: what they write next is about this version.
  void RememberEtags(const google::protobuf::Message& message);
  std::string EtagOf(const std::string& name) const {
    const auto found = etags_.find(name);
    return found == etags_.end() ? std::string() : found->second;
  }

  void OpenCase();
  void AgreeOnSecrets();
  void MakeAdaParent();
  void AddColleagues();
  void SetGoals();
  void AgreeHomework();
  notes::v1::Session Hold(notes::v1::SessionFormat format, const std::vector<std::string>& members);
  goals::v1::HomeworkTerms Terms(const std::string& goal, const std::vector<std::string>& doers);
  bool ActOnce(const worlds::Act& act);
  // What a form asks, answered by the dice.
  alliance::v1::SubmitRatingRequest Filled(const Person& person,
                                           const alliance::v1::RatingForm& form);
  bool RatesSession(const std::string& session);
  // Its name; empty: refused.
  std::string ProposesOwnGoal(const char* words);
  bool HasOwnHomework();
  // Without a name: refused.
  notes::v1::Note WritesAbout(const Caller& author);
  bool IsWrittenAbout();
  bool IsWrittenAboutByTrainee();
  bool ReportsConcern();
  bool HasNotesApart();
  bool HasSecondFamily();
  std::vector<alliance::v1::RatingRequest> Forms(const Person& person);

  // What `who` may call.
  const std::vector<const google::protobuf::MethodDescriptor*>& MethodsOf(Who who) const;
  void AskReads(Who who, std::vector<Question>& questions);
  // The same list, by one thing that its entries have.
  void AskFiltered(Who who, const google::protobuf::Message& list,
                   std::vector<Question>& questions);
  void AskWrites(Who who, std::vector<Question>& questions);
  void AskForms(Who who, std::vector<Question>& questions);
  void AskForm(Who who, const std::string& form, std::vector<Question>& questions);
  void AskGoalSteps(Who who, std::vector<Question>& questions);
  void AskHomeworkSteps(Who who, std::vector<Question>& questions);
  void AskRatingSteps(Who who, std::vector<Question>& questions);
  void AskOtherSteps(Who who, std::vector<Question>& questions);
  Answer AskOne(Who who, const google::protobuf::Message& request, std::vector<Question>& questions,
                std::string* next_page_token = nullptr);
  std::vector<std::string> Candidates(const std::string& pattern) const;

  InProcessSuite& suite_;
  ManualClock& clock_;
  const std::uint32_t number_;
  const Plot plot_;
  std::mt19937 random_;
  int turn_ = 0, asked_ = 0;
  const Staff staff_;
  const std::string& therapist_ = staff_.therapist;
  std::string family_, goal_;
  std::string second_family_;          // of Bo alone
  std::string invited_;                // the form that Ada's guest may answer
  std::string offered_;                // homework for everybody that nobody has answered
  std::string last_;                   // homework of Ada and Bo that only she has yet to accept
  std::vector<std::string> homework_;  // of Ada and Bo
  Person ada_, guest_, bo_, cleo_;
  std::vector<std::string> everybody_;
  std::vector<std::string> providers_;  // of every session
  std::set<std::string> given_by_ada_;
  std::vector<std::string> sessions_;                   // of everybody
  std::map<std::string, std::string> etags_;            // by name
  std::map<std::string, std::set<std::string>> names_;  // by shape: everything there is
};

// The methods that members may call, and those that who holds an invitation may, in order.
const std::vector<const google::protobuf::MethodDescriptor*>& MemberMethods();
const std::vector<const google::protobuf::MethodDescriptor*>& GuestMethods();

}  // namespace rapport::worlds
