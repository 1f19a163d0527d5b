// Conditions: what a clinician who brings people together is reminded of: what must hold then, by
// the newest safety screens. The services that plan sessions and homework do not know it.
#pragma once

#include "cli/client.h"
#include "cli/people.h"

#include <google/protobuf/message.h>
#include <rapport/intake/v1/safeguard_requests.pb.h>

#include <string>
#include <vector>

namespace rapport::cli {

// The members whom the answer of ScheduleSession, StartSession or ProposeHomework brings together;
// empty: nobody meets anybody, or it is another method's.
std::vector<std::string> MeetingIn(const google::protobuf::Message& answer);

// One line for each of `screens`, newest ones with conditions, whose member is among `meeting`.
std::vector<std::string> ReminderOf(const intake::v1::ListSafetyScreensResponse& screens,
                                    const std::vector<std::string>& meeting, const People& people);

// Asked of intake where the caller's roles let them read it: no member, no system. What could not
// be asked is not told: the answer stands.
std::vector<std::string> ConditionsFor(const google::protobuf::Message& answer, Client& client,
                                       const Caller& caller);

}  // namespace rapport::cli
