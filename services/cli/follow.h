// Follow: a stream of answers as long as somebody watches, taken up again where it ended: nothing
// is lost or comes twice.
#pragma once

#include "cli/client.h"
#include "platform/base/status_macros.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace rapport::cli {

// `request.after()` says where to go on, each `response.cursor()` moves it. For `seconds`; 0: until
// it is interrupted. What a service refuses ends it; that it can't be reached only before the first
// answer. `show` is asked for every answer, with whom it was told to.
template <typename Request, typename Response>
absl::Status Follow(Client& client, const std::string& as, std::string_view method, Request request,
                    int seconds, const std::function<void(const Caller&, const Response&)>& show) {
  using Clock = std::chrono::system_clock;
  const auto until =
      seconds > 0 ? Clock::now() + std::chrono::seconds(seconds) : Clock::time_point::max();
  for (;;) {
    // Tokens are short-lived, and a new one may lie there.
    ASSIGN_OR_RETURN(const Caller caller, client.As(as));
    Response response;
    const absl::Status status = client.Watch(caller, method, request, &response, until, [&] {
      show(caller, response);
      request.set_after(response.cursor());
      return true;
    });
    if (Clock::now() >= until) return absl::OkStatus();
    if (!status.ok() && (!absl::IsUnavailable(status) || request.after().empty())) return status;
    if (!status.ok()) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace rapport::cli
