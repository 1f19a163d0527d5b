// Concerns: what somebody reports while they fill in a form ("I am not safe"), until it is passed
// on. One that does not get through is not lost: it is tried again while the form goes on, and in
// the end the form carries it. Says at every step what became of it. Not thread-safe.
#pragma once

#include <absl/status/status.h>
#include <rapport/alliance/v1/concern.pb.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace rapport::cli {

class Concerns {
 public:
  // One call; what is sent again has the same request id, and is taken once.
  using Send = std::function<absl::Status(const alliance::v1::ReportConcernRequest& request,
                                          alliance::v1::ReportConcernResponse* answer)>;
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `blank`: a request without concern and id. `contacts`: whom to call now.
  Concerns(alliance::v1::ReportConcernRequest blank, std::string contacts, Send send, Now now)
      : blank_(std::move(blank)),
        contacts_(std::move(contacts)),
        send_(std::move(send)),
        now_(std::move(now)) {}

  // Passes it on at once. What to tell the person.
  std::string Report(alliance::v1::ConcernKind kind, const std::string& words);
  // Tries again what waits, unless that was a moment ago. What to tell; empty: nothing is new.
  std::string AgainInAWhile();
  std::string Again();

  // Something did not get through yet.
  bool waiting() const { return !waiting_.empty(); }
  // All that waits as one, for the form to carry: the gravest kind, and the words, as far as a
  // concern may have them.
  alliance::v1::Concern Waiting() const;
  // `sent`: what became of the form that carried it. Nothing waits when it was taken, nor when it
  // was refused with the word that the concern stands. What to tell; empty: nothing is new.
  std::string Carried(const absl::Status& sent);
  // The last words, when the form itself is done with. Empty: nobody reported anything, or it was
  // passed on and said so.
  std::string Unheard() const;

 private:
  const alliance::v1::ReportConcernRequest blank_;
  const std::string contacts_;
  const Send send_;
  const Now now_;
  std::vector<alliance::v1::ReportConcernRequest> waiting_;
  std::chrono::steady_clock::time_point tried_;
};

}  // namespace rapport::cli
