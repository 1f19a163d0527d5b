#include "alliance/due_forms.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace rapport::alliance {
namespace {

constexpr std::size_t kSkipsBeforeAsking = 3;

// Withdrawn requests asked nobody.
bool WasAskedFor(const StoredRequest& request) {
  return request.record.state != v1::RATING_REQUEST_STATE_EXPIRED || request.message.lapsed();
}

DueForm FormAsked(const schema::Names& names, const StoredRequest& request) {
  DueForm form{.rater = {request.message.rater(), request.message.professional()},
               .instrument = request.message.request().instrument(),
               .targets = {},
               .occasion = request.message.request().occasion()};
  for (const std::string& target : request.message.request().targets()) {
    if (const auto person = names.ReadPerson(target)) {
      form.targets.push_back({person->id, person->is_professional()});
    }
  }
  return form;
}

std::vector<PastSession> Before(const FamilyFile& file, const StoredSession& session,
                                const schema::Names& names) {
  const auto place = [](const StoredSession& one) {
    return std::tie(one.record.sort_us, one.record.id);
  };
  std::vector<PastSession> past;
  for (const StoredSession& earlier : file.sessions) {
    if (place(earlier) >= place(session)) continue;
    PastSession& one = past.emplace_back(&earlier.message.held());
    for (const StoredRequest& request : file.requests) {
      if (request.record.parent != earlier.record.id || !WasAskedFor(request)) continue;
      one.forms.push_back(FormAsked(names, request));
    }
  }
  return past;
}

std::vector<DueForm> FormsAbout(const FamilyFile& file, const StoredSession& session,
                                const AccessFacts& facts, const schema::Names& names,
                                const PlanInForce& plan, std::int64_t now_us, bool at_end) {
  return FormsFor({.session = session.message.held(),
                   .facts = facts,
                   .plan = plan.shown,
                   .not_asked = plan.not_asked,
                   .instrument = [&plan](const std::string& name) { return plan.Instrument(name); },
                   .past = Before(file, session, names),
                   .now_us = now_us,
                   .at_end = at_end});
}

bool WasAskedAbout(const FamilyFile& file, const StoredSession& session, const DueForm& form) {
  return std::ranges::any_of(file.requests, [&](const StoredRequest& one) {
    return one.record.parent == session.record.id && one.message.rater() == form.rater.id &&
           one.message.request().instrument() == form.instrument;
  });
}

}  // namespace

std::vector<DueForm> DueFormsOf(const FamilyFile& file, const StoredSession& session,
                                const AccessFacts& facts, const schema::Names& names,
                                const PlanInForce& plan, std::int64_t now_us) {
  return FormsAbout(file, session, facts, names, plan, now_us, /*at_end=*/false);
}

std::vector<EndForm> EndFormsOf(const FamilyFile& file, const AccessFacts& facts,
                                const schema::Names& names, const PlanInForce& plan,
                                std::int64_t closed_us, std::int64_t now_us) {
  std::vector<EndForm> due;
  std::set<std::string> seen;  // who attended a later session
  for (auto session = file.sessions.rbegin(); session != file.sessions.rend(); ++session) {
    const internal::v1::SessionHeld& held = session->message.held();
    if (held.ended_us() < closed_us - kEndReachesBackMicros) break;
    for (DueForm& form : FormsAbout(file, *session, facts, names, plan, now_us, /*at_end=*/true)) {
      if (seen.contains(form.rater.id) || WasAskedAbout(file, *session, form)) continue;
      due.push_back({&*session, std::move(form)});
    }
    for (const auto& attendee : held.attendees()) {
      if (Attended(attendee)) seen.insert(attendee.person());
    }
  }
  return due;
}

bool AsksWhetherToGoOn(const FamilyFile& file, const StoredRequest& request,
                       const PlanInForce& plan) {
  if (request.message.professional()) return false;
  if (plan.WasAsked(request.message.rater(), request.record.id)) return false;
  // Oldest first, as the file has them.
  std::vector<const StoredRequest*> earlier;
  for (const StoredRequest& one : file.requests) {
    if (one.record.id == request.record.id) break;
    if (one.message.rater() == request.message.rater() && WasAskedFor(one)) earlier.push_back(&one);
  }
  if (earlier.size() < kSkipsBeforeAsking) return false;
  return std::all_of(earlier.end() - kSkipsBeforeAsking, earlier.end(), [&](const auto* one) {
    const v1::RatingRequest& asked = one->message.request();
    return one->record.state == v1::RATING_REQUEST_STATE_SKIPPED &&
           file.RatingOf(one->record.parent, asked.rater(), asked.instrument()) == nullptr;
  });
}

}  // namespace rapport::alliance
