#include "intake/due_work_rules.h"

#include "intake/case_rules.h"
#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"
#include "intake/secrets_rules.h"

#include <optional>
#include <string>

namespace rapport::intake {
namespace {

class Entries {
 public:
  explicit Entries(const v1::Family& family) : family_(family) {}

  void Add(v1::WorklistKind kind, const std::string& subject,
           const google::protobuf::Timestamp& due, const std::string& description) {
    v1::WorklistEntry& entry = entries_.emplace_back();
    entry.set_family(family_.name());
    entry.set_display_name(family_.display_name());
    entry.set_kind(kind);
    entry.set_subject(subject);
    *entry.mutable_due_time() = due;
    entry.set_description(description);
  }
  std::vector<v1::WorklistEntry> Take() { return std::move(entries_); }

 private:
  const v1::Family& family_;
  std::vector<v1::WorklistEntry> entries_;
};

// Of a case that is `over` only what was said and nobody asked about since.
void AddScreens(const CaseFile& file, bool over, std::int64_t now_us, Entries& entries) {
  for (const v1::Member& member : file.members) {
    std::optional<ScreenDue> due;
    if (!over && MustBeScreened(file, member, now_us)) due = NextScreen(file, member);
    if (!due) due = AskedForWhatWasSaid(file, member, now_us);
    if (!due || due->at_us > now_us + kScreenNoticeUs) continue;
    const std::string what = IsTooSmallToBeAsked(member, now_us)
                                 ? "what the child said is looked into: each adult who attends is "
                                   "asked alone, how the child "
                                   "is safe is planned, or who must know is told; then their "
                                   "screen is recorded, with why "
                                   "they can't answer themself (RecordSafetyScreen): "
                                 : "a safety screen with the person alone (RecordSafetyScreen): ";
    entries.Add(v1::WORKLIST_KIND_SAFETY_SCREEN, member.name(), TimestampOf(due->at_us),
                what + std::string(due->why));
  }
}

void AddConsents(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  for (const v1::Consent& consent : file.consents) {
    const std::int64_t ends_us = EndUs(consent, FindMember(file, consent.member()));
    if (ends_us == 0 || consent.has_revoke_time()) continue;
    if (consent.assent() || ends_us > now_us + kConsentNoticeUs) continue;
    // One that was given anew is no work, neither before its end nor after.
    if (HasConsentAt(file, consent.member(), consent.purpose(), std::max(ends_us, now_us))) {
      continue;
    }
    entries.Add(v1::WORKLIST_KIND_CONSENT_EXPIRING, consent.name(), TimestampOf(ends_us),
                "the consent is given anew (GrantConsent)");
  }
}

void AddSignatures(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  const v1::SecretsPolicy* policy = PolicyOnceInForce(file, now_us);
  if (policy == nullptr) return;
  for (const std::string& name : PendingSigners(*policy, file, now_us)) {
    const v1::Member* member = FindMember(file, name);
    entries.Add(v1::WORKLIST_KIND_SECRETS_POLICY, name, TimestampOf(SignsSinceUs(*member, now_us)),
                "signs the secrets policy, which is not in force until then (SignSecretsPolicy)");
  }
}

}  // namespace

std::vector<v1::WorklistEntry> DueIn(const CaseFile& file, std::int64_t now_us) {
  const v1::Family& family = file.family;
  const v1::FamilyState state = CaseStateAt(family, now_us);
  Entries entries(family);
  const bool over = state == v1::FAMILY_STATE_CLOSED || state == v1::FAMILY_STATE_REDIRECTED;
  AddScreens(file, over, now_us, entries);
  if (over) return entries.Take();
  if (InEmergency(family)) {
    for (const Unmet& one : UnmetForOpen(file, now_us)) {
      entries.Add(v1::WORKLIST_KIND_EMERGENCY_CONDITION, one.subject,
                  family.emergency().expire_time(), one.description);
    }
  }
  if (family.has_reassessment_due_time()) {
    entries.Add(v1::WORKLIST_KIND_LEVEL_ASSESSMENT, family.name(), family.reassessment_due_time(),
                "the level of need is assessed (AssessLevelOfNeed)");
  }
  AddConsents(file, now_us, entries);
  AddSignatures(file, now_us, entries);
  return entries.Take();
}

}  // namespace rapport::intake
