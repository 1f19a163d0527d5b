// rapport rate [INVITATION...]: fills in rating forms on this terminal, each with an invitation's
// code and no account, or with --as NAME and the name of a request.
//
// --kiosk: the device is handed from one to the next; after each form the screen is cleared and the
// next code is asked for, until an empty line.
#include "cli/commands.h"
#include "cli/concerns.h"
#include "cli/invitations.h"
#include "cli/screen_guard.h"
#include "cli/terminal_form.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/fold.h"

#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <unistd.h>

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

using alliance::v1::RatingForm;

struct Options {
  std::vector<std::string> invitations, present;
  std::string language;
  bool kiosk = false, assisted = false;
};

// One form, and who fills it in.
struct Invited {
  Caller caller;
  std::string rating_request;
};

// The form and its key, for the short code of an invitation.
absl::StatusOr<Invitation> Open(Client& client, const std::string& short_code) {
  ASSIGN_OR_RETURN(const auto answer, client.Call<alliance::v1::GetRatingInvitationResponse>(
                                          {"invitation", Concat({"Invitation-Code ", short_code})},
                                          "rapport.alliance.v1.AllianceService/GetRatingInvitation",
                                          alliance::v1::GetRatingInvitationRequest()));
  return Invitation{answer.rating_invitation().rating_request(), answer.rating_invitation().token(),
                    ""};
}

absl::StatusOr<Invited> Read(Client& client, const Common& common, const std::string& code) {
  ASSIGN_OR_RETURN(Invitation invitation, ReadInvitation(code));
  if (!invitation.short_code.empty()) {
    ASSIGN_OR_RETURN(invitation, Open(client, invitation.short_code));
  }
  if (invitation.token.empty()) {
    ASSIGN_OR_RETURN(Caller caller, client.As(common.as));
    return Invited{std::move(caller), std::move(invitation.rating_request)};
  }
  return Invited{{"invitation", Concat({"Invitation ", invitation.token})},
                 std::move(invitation.rating_request)};
}

absl::StatusOr<RatingForm> Fetch(Client& client, const Invited& invited, const Options& options) {
  alliance::v1::GetRatingFormRequest request;
  request.set_rating_request(invited.rating_request);
  request.set_shared_device(options.kiosk);
  request.set_language(options.language);
  ASSIGN_OR_RETURN(auto answer, client.Call<alliance::v1::GetRatingFormResponse>(
                                    invited.caller,
                                    "rapport.alliance.v1.AllianceService/GetRatingForm", request));
  return std::move(*answer.mutable_rating_form());
}

// How it came to be answered: in which words, with whose help, before whom.
absl::Status Circumstances(Client& client, const Invited& invited, const RatingForm& form,
                           const Options& options, alliance::v1::Rating& rating) {
  rating.set_language(form.instrument().language());
  rating.set_assisted(options.assisted);
  for (const std::string& one : options.present) {
    if (one.find('/') != std::string::npos) {
      rating.add_present(one);
      continue;
    }
    ASSIGN_OR_RETURN(*rating.add_present(),
                     FindPerson(client, invited.caller, FamilyIn(invited.rating_request), one));
  }
  return absl::OkStatus();
}

// Whether whoever sits here wants to wait for a service that is gone: what they typed is nowhere
// else, and is gone with this program.
bool TryAgain() {
  std::cout
      << "This can't be sent just now. What you answered is kept here, and nowhere else, while "
         "you wait.\n";
  for (std::string line;;) {
    std::cout << "Try again? (Enter: yes, n: no, leave it) " << std::flush;
    if (!std::getline(std::cin, line)) return false;
    const std::string said = schema::Fold(line);
    if (said.empty() || said == "y" || said == "yes") return true;
    if (said == "n" || said == "no") return false;
  }
}

// Of one request, as often as it takes to know.
template <typename Response>
absl::Status Send(Client& client, const Invited& invited, std::string_view method,
                  const google::protobuf::Message& request) {
  return UntilKnown(
      [&] { return client.Call<Response>(invited.caller, method, request).status(); },
      [] { std::cout << "This takes longer than it should. Trying again.\n"
                     << std::flush; },
      TryAgain);
}

absl::Status Skip(Client& client, const Invited& invited, const RatingForm& form,
                  bool stop_asking) {
  alliance::v1::SkipRatingRequestRequest request;
  request.set_rating_request(invited.rating_request);
  request.set_etag(form.rating_request().etag());
  request.set_stop_asking(stop_asking);
  request.set_request_id(NewRequestId());
  return Send<alliance::v1::SkipRatingRequestResponse>(
      client, invited, "rapport.alliance.v1.AllianceService/SkipRatingRequest", request);
}

// With the concern that could not be passed on before; it stands even when the rating is refused.
absl::Status Submit(Client& client, const Invited& invited, alliance::v1::Rating rating,
                    const Concerns& concerns) {
  alliance::v1::SubmitRatingRequest request;
  request.set_parent(FamilyIn(invited.rating_request));
  *request.mutable_rating() = std::move(rating);
  if (concerns.waiting()) *request.mutable_concern() = concerns.Waiting();
  request.set_request_id(NewRequestId());
  return Send<alliance::v1::SubmitRatingResponse>(
      client, invited, "rapport.alliance.v1.AllianceService/SubmitRating", request);
}

Concerns ConcernsOf(Client& client, const Invited& invited, const RatingForm& form) {
  alliance::v1::ReportConcernRequest blank;
  blank.set_parent(FamilyIn(invited.rating_request));
  blank.set_member(form.rating_request().rater());
  return {std::move(blank), form.emergency_contacts(),
          [&client, &invited](const auto& request, auto* answer) {
            return client.Call(invited.caller, "rapport.alliance.v1.AllianceService/ReportConcern",
                               request, answer);
          },
          std::chrono::steady_clock::now};
}

// Sends what the form came to; what to say then.
absl::StatusOr<std::string> Finish(Client& client, const Invited& invited, const RatingForm& form,
                                   TerminalForm::Result result, Concerns& concerns) {
  switch (result.end) {
    case TerminalForm::End::kBroken:
      return absl::CancelledError("the input ended before the form did; the form was not sent");
    case TerminalForm::End::kSomebodyElse:
      return "Nothing was sent: the form still waits for the one whom it is for.\n";
    case TerminalForm::End::kSkipped:
    case TerminalForm::End::kStopAsking:
      RETURN_IF_ERROR(Skip(client, invited, form, result.end == TerminalForm::End::kStopAsking));
      return "Left out. Thank you.\n";
    case TerminalForm::End::kAnswered:
      break;
  }
  const int seconds = result.rating.answer_seconds();
  const absl::Status sent = Submit(client, invited, std::move(result.rating), concerns);
  std::cout << concerns.Carried(sent);  // Said of a form that was refused, too.
  RETURN_IF_ERROR(sent);
  return Concat({"Sent, after ", std::to_string(seconds), " s. Thank you.\n"});
}

absl::Status FillIn(Client& client, const Common& common, const Options& options,
                    const std::string& code, TerminalForm& terminal) {
  ASSIGN_OR_RETURN(const Invited invited, Read(client, common, code));
  ASSIGN_OR_RETURN(const RatingForm form, Fetch(client, invited, options));
  // Before the first question: a name that nobody has would cost the answers.
  alliance::v1::Rating circumstances;
  RETURN_IF_ERROR(Circumstances(client, invited, form, options, circumstances));
  const People people = People::OfFamily(client, invited.caller, FamilyIn(invited.rating_request));
  Concerns concerns = ConcernsOf(client, invited, form);
  // Whoever ends the program in the middle must not believe that somebody was told.
  const auto noting = [&](std::string said) {
    ScreenGuard::SomethingWaits(concerns.waiting());
    return said;
  };
  ScreenGuard::SomethingWaits(false);
  TerminalForm::Result result = terminal.Fill(
      form, people,
      [&](alliance::v1::ConcernKind kind, const std::string& words) {
        ScreenGuard::SomethingWaits(true);
        return noting(concerns.Report(kind, words));
      },
      [&] { return noting(concerns.AgainInAWhile()); });
  result.rating.MergeFrom(circumstances);
  const auto said = Finish(client, invited, form, std::move(result), concerns);
  if (said.ok()) std::cout << *said;
  const std::string news = noting(concerns.Again());
  if (!news.empty()) std::cout << news << "\n";
  if (concerns.waiting()) std::cout << concerns.Unheard() << "\n";
  std::cout << std::flush;
  if (said.ok() && concerns.waiting()) {
    return absl::CancelledError("the form is done with, but what was reported was not passed on");
  }
  return said.status();
}

int RunRate(const Common& common, Options options) {
  auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const bool clears = isatty(STDOUT_FILENO) == 1;
  const ScreenGuard guard(clears ? STDOUT_FILENO : -1);
  TerminalForm terminal(std::cin, std::cout, clears, now);
  int worst = 0;
  const auto fill_in = [&](const std::string& code) {
    const absl::Status status = FillIn(**client, common, options, code, terminal);
    if (status.ok()) return;
    std::cerr << ForRaters(status) << "\n";
    worst = 1;
  };
  for (const std::string& code : options.invitations) fill_in(code);
  const bool asks = options.kiosk || options.invitations.empty();
  for (std::string code; asks && std::cin;) {
    std::cout << (options.kiosk ? "The next code (Enter alone ends): " : "Code: ") << std::flush;
    if (!std::getline(std::cin, code) || code.empty()) break;
    // A code is as good as a key until its form is sent.
    terminal.Clear();
    fill_in(code);
    if (!options.kiosk) break;
  }
  return worst;
}

}  // namespace

void AddRateCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* rate = app.add_subcommand("rate", "Fill in a rating form on this terminal");
  rate->add_option(
      "invitation", options->invitations,
      "An invitation's code, or with --as the name of a rating request; asked for when "
      "there is none");
  rate->add_flag("--kiosk", options->kiosk,
                 "The device is shared: one code after the other, nothing about safety");
  rate->add_option("--language", options->language,
                   "Of the agency's wordings the one in this language, like es; without one: the "
                   "first that there is");
  rate->add_flag("--assisted", options->assisted, "Somebody helps the rater to read or answer");
  rate->add_option("--present", options->present,
                   "Who else is in the room, members and professionals, as people say their names")
      ->delimiter(',');
  rate->callback([options, &chosen] {
    chosen = [options](const Common& common) { return RunRate(common, *options); };
  });
}

}  // namespace rapport::cli
