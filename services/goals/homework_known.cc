#include "goals/homework_known.h"

#include <algorithm>
#include <vector>

namespace rapport::goals {
namespace {

using internal::v1::KnownHomework;
using internal::v1::StoredHomework;

const KnownHomework* FindKnown(const StoredHomework& stored, std::string_view member) {
  const auto found = std::ranges::find(stored.known(), member, &KnownHomework::member);
  return found == stored.known().end() ? nullptr : &*found;
}

// Whoever in it is arranged separately from `actor` keeps what they know now.
void KeepKnown(const Actor& actor, const CaseView& view, StoredHomework* stored) {
  const v1::HomeworkTerms terms = stored->homework().terms();
  for (const auto* people : {&terms.doers(), &terms.approvers()}) {
    for (const std::string& person : *people) {
      if (!view.Apart(actor.person, person) || FindKnown(*stored, person) != nullptr) continue;
      KnownHomework& known = *stored->add_known();
      known.set_member(person);
      *known.mutable_homework() = stored->homework();
    }
  }
}

// `change` on what a member knows.
absl::Status ChangeKnown(const HomeworkChange& change, const StoredHomework& stored,
                         KnownHomework* known) {
  StoredHomework version = stored;
  version.clear_known();
  *version.mutable_homework() = known->homework();
  absl::Status status = change(version);
  if (status.ok()) *known->mutable_homework() = std::move(*version.mutable_homework());
  return status;
}

bool Reported(const v1::Homework& homework, const v1::HomeworkReport& report) {
  return std::ranges::any_of(homework.reports(), [&](const v1::HomeworkReport& one) {
    return one.doer() == report.doer() && Micros(one.report_time()) == Micros(report.report_time());
  });
}

// `homework` with an answer to the same terms that is newer than the person's there.
void PutIfNewer(const v1::HomeworkResponse& response, v1::Homework* homework) {
  if (response.terms_revision() != homework->terms_revision()) return;
  const bool as_new =
      std::ranges::any_of(homework->responses(), [&](const v1::HomeworkResponse& one) {
        return one.responder() == response.responder() &&
               Micros(one.respond_time()) >= Micros(response.respond_time());
      });
  if (!as_new) PutResponse(response, homework);
}

// An end is one to everybody who does not know of an earlier one, and refused where all do.
absl::Status TakeProfessionals(StepKind kind, const HomeworkChange& change,
                               StoredHomework* stored) {
  if (kind != StepKind::kEnd) {
    *stored->mutable_homework() = WithEverybodysSteps(*stored);
    stored->clear_known();
    return change(*stored);
  }
  StoredHomework after = *stored;
  const absl::Status on_file = change(after);
  if (!on_file.ok()) after = *stored;
  bool ended = on_file.ok();
  for (KnownHomework& known : *after.mutable_known()) {
    ended = ChangeKnown(change, after, &known).ok() || ended;
  }
  if (!ended) return on_file;
  *stored = std::move(after);
  return absl::OkStatus();
}

}  // namespace

v1::Homework AsMembersKnow(v1::Homework homework) {
  if (homework.state() != v1::HOMEWORK_STATE_HELD) return homework;
  homework.set_state(v1::HOMEWORK_STATE_AGREED);
  for (const v1::HomeworkResponse& one : homework.responses()) {
    if (Micros(one.respond_time()) >= Micros(homework.agree_time())) {
      *homework.mutable_agree_time() = one.respond_time();
    }
  }
  homework.set_state(StateOfReports(homework));
  return homework;
}

const v1::Homework& KnownTo(const Onlooker& who, const StoredHomework& stored) {
  if (who.IsMember()) {
    for (const std::string& self : who.selves) {
      if (const KnownHomework* known = FindKnown(stored, self)) return known->homework();
    }
  }
  return stored.homework();
}

v1::Homework WithEverybodysSteps(const StoredHomework& stored) {
  v1::Homework all = stored.homework();
  for (const KnownHomework& known : stored.known()) {
    for (const v1::HomeworkResponse& one : known.homework().responses()) {
      PutIfNewer(one, &all);
    }
    for (const v1::HomeworkReport& one : known.homework().reports()) {
      if (!Reported(all, one)) *all.add_reports() = one;
    }
  }
  const std::vector<v1::HomeworkReport> reports =
      InOrderOf(std::vector<v1::HomeworkReport>(all.reports().begin(), all.reports().end()),
                [](const v1::HomeworkReport& one) { return Micros(one.report_time()); });
  all.mutable_reports()->Assign(reports.begin(), reports.end());
  return all;
}

absl::Status TakeStep(const Actor& actor, const CaseView& view, StepKind kind,
                      const HomeworkChange& change, StoredHomework* stored) {
  if (actor.is_professional) return TakeProfessionals(kind, change, stored);
  const bool seen = kind != StepKind::kReport;
  StoredHomework after = *stored;
  if (seen) KeepKnown(actor, view, &after);
  // A professional who writes down what a member says goes by what is on file.
  const bool as_known =
      !actor.called_by_professional && FindKnown(*stored, actor.person) != nullptr;
  StoredHomework real = after;
  const absl::Status on_file = change(real);
  if (!as_known && !on_file.ok()) return on_file;
  if (on_file.ok()) {
    real.mutable_known()->Swap(after.mutable_known());
    after = std::move(real);
  }
  for (KnownHomework& known : *after.mutable_known()) {
    const bool own = known.member() == actor.person;
    if (!own && (view.Apart(actor.person, known.member()) || !seen)) continue;
    const absl::Status status = ChangeKnown(change, after, &known);
    if (own && as_known && !status.ok()) return status;
  }
  *stored = std::move(after);
  return absl::OkStatus();
}

}  // namespace rapport::goals
