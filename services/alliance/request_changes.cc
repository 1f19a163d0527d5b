#include "alliance/request_changes.h"

#include "alliance/put_record.h"
#include "alliance/request_rules.h"
#include "platform/records/stored.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

const StoredRequest* RequestOf(const FamilyFile& file, std::string_view session,
                               const DueForm& form) {
  const auto found = std::ranges::find_if(file.requests, [&](const StoredRequest& one) {
    return one.record.parent == session && one.message.rater() == form.rater.id &&
           one.message.request().instrument() == form.instrument;
  });
  return found == file.requests.end() ? nullptr : &*found;
}

bool IsRated(const FamilyFile& file, const StoredRequest& request) {
  const v1::RatingRequest& asked = request.message.request();
  return file.RatingOf(request.record.parent, asked.rater(), asked.instrument()) != nullptr;
}

bool MayBeAnswered(const StoredRequest& request) {
  return IsWaiting(static_cast<v1::RatingRequestState>(request.record.state));
}

// Whether its rating may still come, or its time is over without one.
bool IsUnanswered(const FamilyFile& file, const StoredRequest& request) {
  return (MayBeAnswered(request) || request.message.lapsed()) && !IsRated(file, request);
}

std::vector<std::string> TargetNames(const schema::Names& names, const std::string& family,
                                     const DueForm& form) {
  std::vector<std::string> targets;
  targets.reserve(form.targets.size());
  for (const Person& target : form.targets) {
    targets.push_back(target.professional ? names.Professional(target.id)
                                          : names.Member(family, target.id));
  }
  return targets;
}

// From when on RequestExpiry looks at the session's requests: the first of them expires then.
void AwaitExpiry(const RequestStep& step, const std::string& session, std::int64_t expires_us) {
  const auto known = std::ranges::find_if(
      step.file.forms_wait, [&](const StoredFormsWait& one) { return one.record.id == session; });
  StoredFormsWait after;
  if (known == step.file.forms_wait.end()) {
    after.record = NewRecord(kFormsWait, step.file.id, step.now_us);
    after.record.id = session;
    after.record.parent = session;
  } else {
    const bool waits = known->record.state == kFormsDoWait;
    if (waits && known->record.sort_us <= expires_us) return;
    after.record = known->record;
  }
  after.record.state = kFormsDoWait;
  after.record.sort_us = expires_us;
  after.record = records::With(after.record, after.message);
  if (known == step.file.forms_wait.end()) {
    step.changes.Create(after.record);
  } else {
    step.changes.Update(known->record, after.record);
  }
  Put(step.file.forms_wait, std::move(after));
}

void Ask(const RequestStep& step, const StoredSession& session, const DueForm& form,
         std::int64_t expires_us) {
  const std::string& family = step.file.id;
  StoredRequest made;
  v1::RatingRequest& request = *made.message.mutable_request();
  made.record = NewRecord(kRequest, family, step.now_us);
  made.record.parent = session.record.id;
  made.record.sort_us = step.now_us;
  made.message.set_rater(form.rater.id);
  made.message.set_professional(form.rater.professional);
  const std::vector<std::string> targets = TargetNames(step.names, family, form);
  request.mutable_targets()->Assign(targets.begin(), targets.end());
  request.set_name(step.names.RatingRequest(family, made.record.id));
  request.set_rater(form.rater.professional ? step.names.Professional(form.rater.id)
                                            : step.names.Member(family, form.rater.id));
  request.set_session(step.names.Session(family, session.record.id));
  request.set_instrument(form.instrument);
  request.set_occasion(form.occasion);
  *request.mutable_due_time() = schema::ToTimestamp(step.now_us);
  *request.mutable_expire_time() = schema::ToTimestamp(expires_us);
  *request.mutable_update_time() = schema::ToTimestamp(step.now_us);
  // On paper, before the plan asked for it.
  const bool answered = IsRated(step.file, made);
  made.record.state = answered ? v1::RATING_REQUEST_STATE_DONE : v1::RATING_REQUEST_STATE_DUE;
  made.record = records::With(made.record, made.message);
  step.changes.Create(made.record);
  Put(step.file.requests, std::move(made));
  if (!answered) AwaitExpiry(step, session.record.id, expires_us);
}

void RenewTargets(const RequestStep& step, const StoredRequest& known, const DueForm& form) {
  const std::vector<std::string> targets = TargetNames(step.names, step.file.id, form);
  const bool same = std::ranges::equal(known.message.request().targets(), targets);
  if (same || !MayBeAnswered(known) || IsRated(step.file, known)) return;
  StoredRequest after = known;
  v1::RatingRequest& request = *after.message.mutable_request();
  request.mutable_targets()->Assign(targets.begin(), targets.end());
  *request.mutable_update_time() = schema::ToTimestamp(step.now_us);
  after.record = records::With(after.record, after.message);
  step.changes.Update(known.record, after.record);
  Put(step.file.requests, std::move(after));
}

// A form of the end is due from whoever attended, whatever the plan asks after a session.
bool IsStillDue(const StoredRequest& request, const StoredSession& session,
                const std::vector<DueForm>& forms) {
  if (request.message.request().occasion() == v1::MEASURE_OCCASION_END) {
    const auto* there = AttendeeOf(session.message.held(), request.message.rater());
    return there != nullptr && Attended(*there);
  }
  return std::ranges::any_of(forms, [&](const DueForm& form) {
    return form.rater.id == request.message.rater() &&
           form.instrument == request.message.request().instrument();
  });
}

}  // namespace

void RenewRequests(const RequestStep& step, const StoredSession& session,
                   const std::vector<DueForm>& forms) {
  const std::int64_t expires_us = ExpiryOf(session.message.held());
  for (const DueForm& form : forms) {
    const StoredRequest* known = RequestOf(step.file, session.record.id, form);
    if (known != nullptr) {
      RenewTargets(step, *known, form);
    } else if (step.now_us < expires_us) {
      Ask(step, session, form, expires_us);
    }
  }
  for (StoredRequest& request : step.file.requests) {
    if (request.record.parent != session.record.id) continue;
    if (IsStillDue(request, session, forms) || !IsUnanswered(step.file, request)) continue;
    StoredRequest after = request;
    after.message.set_lapsed(false);
    after.record.state = v1::RATING_REQUEST_STATE_EXPIRED;
    after.record = records::With(after.record, after.message);
    step.changes.Update(request.record, after.record);
    after.record.version = kNotAsStored;
    request = std::move(after);
  }
}

bool AskAtEnd(const RequestStep& step, const std::vector<EndForm>& forms, std::int64_t closed_us) {
  const std::int64_t expires_us = closed_us + kRequestLifetimeMicros;
  if (step.now_us >= expires_us) return false;
  for (const EndForm& one : forms) Ask(step, *one.session, one.form, expires_us);
  return !forms.empty();
}

bool FinishRequests(const RequestStep& step) {
  bool any = false;
  for (StoredRequest& request : step.file.requests) {
    const bool open = MayBeAnswered(request) || request.message.lapsed();
    if (!open || request.record.state == v1::RATING_REQUEST_STATE_DONE) continue;
    if (!IsRated(step.file, request)) continue;
    records::Record after = request.record;
    after.state = v1::RATING_REQUEST_STATE_DONE;
    step.changes.Update(request.record, after);
    std::vector<std::string> members;
    if (!request.message.professional()) members.push_back(request.message.rater());
    step.changes.Audit("rating_request.finish", request.record, std::move(members));
    request.record.state = after.state;
    request.record.version = kNotAsStored;
    any = true;
  }
  return any;
}

}  // namespace rapport::alliance
