#include "alliance/due_forms.h"

#include <algorithm>
#include <tuple>

namespace rapport::alliance {
namespace {

constexpr std::size_t kSkipsBeforeAsking = 3;

// Withdrawn requests asked nobody.
bool WasAskedFor(const StoredRequest& request) {
  return request.record.state != v1::RATING_REQUEST_STATE_EXPIRED;
}

DueForm FormAsked(const schema::Names& names, const StoredRequest& request) {
  DueForm form{.rater = {request.message.rater(), request.message.professional()},
               .instrument = request.message.request().instrument(),
               .targets = {}};
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

}  // namespace

std::vector<DueForm> DueFormsOf(const FamilyFile& file, const StoredSession& session,
                                const AccessFacts& facts, const schema::Names& names,
                                const PlanInForce& plan, std::int64_t now_us) {
  return FormsFor({.session = session.message.held(),
                   .facts = facts,
                   .plan = plan.shown,
                   .not_asked = plan.not_asked,
                   .instrument = [&plan](const std::string& name) { return plan.Instrument(name); },
                   .past = Before(file, session, names),
                   .now_us = now_us});
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
