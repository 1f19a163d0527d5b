// rapport rate [INVITATION...]: fills in rating forms on this terminal, each with an invitation's
// code and no account, or with --as NAME and the name of a request.
//
// --kiosk: the device is handed from one to the next; after each form the screen is cleared and the
// next code is asked for, until an empty line.
#include "cli/commands.h"
#include "cli/terminal_form.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <unistd.h>

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

using alliance::v1::RatingForm;

struct Options {
  std::vector<std::string> invitations;
  bool kiosk = false;
};

// One form, and who fills it in.
struct Invited {
  Caller caller;
  std::string rating_request;
};

absl::StatusOr<Invited> Read(const Client& client, const Common& common, const std::string& code) {
  const std::size_t mark = code.find('#');
  if (mark == std::string::npos) {
    ASSIGN_OR_RETURN(Caller caller, client.As(common.as));
    return Invited{std::move(caller), code};
  }
  return Invited{{"invitation", Concat({"Invitation ", code.substr(mark + 1)})},
                 code.substr(0, mark)};
}

absl::StatusOr<RatingForm> Fetch(Client& client, const Invited& invited, bool kiosk) {
  alliance::v1::GetRatingFormRequest request;
  request.set_rating_request(invited.rating_request);
  request.set_shared_device(kiosk);
  ASSIGN_OR_RETURN(auto answer, client.Call<alliance::v1::GetRatingFormResponse>(
                                    invited.caller,
                                    "rapport.alliance.v1.AllianceService/GetRatingForm", request));
  return std::move(*answer.mutable_rating_form());
}

absl::Status Skip(Client& client, const Invited& invited, const RatingForm& form,
                  bool stop_asking) {
  alliance::v1::SkipRatingRequestRequest request;
  request.set_rating_request(invited.rating_request);
  request.set_etag(form.rating_request().etag());
  request.set_stop_asking(stop_asking);
  request.set_request_id(NewRequestId());
  return client
      .Call<alliance::v1::SkipRatingRequestResponse>(
          invited.caller, "rapport.alliance.v1.AllianceService/SkipRatingRequest", request)
      .status();
}

absl::Status Submit(Client& client, const Invited& invited, alliance::v1::Rating rating) {
  alliance::v1::SubmitRatingRequest request;
  request.set_parent(FamilyIn(invited.rating_request));
  *request.mutable_rating() = std::move(rating);
  request.set_request_id(NewRequestId());
  return client
      .Call<alliance::v1::SubmitRatingResponse>(
          invited.caller, "rapport.alliance.v1.AllianceService/SubmitRating", request)
      .status();
}

// What to tell somebody who reported a concern: also that it did not get through.
std::string ReportConcern(Client& client, const Invited& invited, const RatingForm& form,
                          alliance::v1::ConcernKind kind, const std::string& words) {
  alliance::v1::ReportConcernRequest request;
  request.set_parent(FamilyIn(invited.rating_request));
  request.set_member(form.rating_request().rater());
  request.mutable_concern()->set_kind(kind);
  request.mutable_concern()->set_words(words);
  request.set_request_id(NewRequestId());
  const auto answer = client.Call<alliance::v1::ReportConcernResponse>(
      invited.caller, "rapport.alliance.v1.AllianceService/ReportConcern", request);
  if (!answer.ok()) {
    return Concat({"This could not be passed on. Please call: ", form.emergency_contacts()});
  }
  return Concat({answer->notice(), "\n", answer->emergency_contacts()});
}

absl::Status FillIn(Client& client, const Common& common, const Options& options,
                    const std::string& code, TerminalForm& terminal) {
  ASSIGN_OR_RETURN(const Invited invited, Read(client, common, code));
  ASSIGN_OR_RETURN(const RatingForm form, Fetch(client, invited, options.kiosk));
  const People people = People::OfFamily(client, invited.caller, FamilyIn(invited.rating_request));
  TerminalForm::Result result =
      terminal.Fill(form, people, [&](alliance::v1::ConcernKind kind, const std::string& words) {
        return ReportConcern(client, invited, form, kind, words);
      });
  switch (result.end) {
    case TerminalForm::End::kBroken:
      return absl::CancelledError("the input ended before the form did; nothing was sent");
    case TerminalForm::End::kSkipped:
    case TerminalForm::End::kStopAsking:
      RETURN_IF_ERROR(Skip(client, invited, form, result.end == TerminalForm::End::kStopAsking));
      std::cout << "Left out. Thank you.\n";
      return absl::OkStatus();
    case TerminalForm::End::kAnswered:
      break;
  }
  const int seconds = result.rating.answer_seconds();
  RETURN_IF_ERROR(Submit(client, invited, std::move(result.rating)));
  std::cout << "Sent, after " << seconds << " s. Thank you.\n";
  return absl::OkStatus();
}

int RunRate(const Common& common, Options options) {
  auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  const auto now = [] { return std::chrono::steady_clock::now(); };
  TerminalForm terminal(std::cin, std::cout, isatty(STDOUT_FILENO) == 1, now);
  int worst = 0;
  const auto fill_in = [&](const std::string& code) {
    const absl::Status status = FillIn(**client, common, options, code, terminal);
    if (!status.ok()) worst = Fail(status);
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
  rate->callback([options, &chosen] {
    chosen = [options](const Common& common) { return RunRate(common, *options); };
  });
}

}  // namespace rapport::cli
