#include "intake/due_work_rules.h"

#include "intake/case_rules.h"
#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"
#include "intake/secrets_rules.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::intake {
namespace {

// Of a rule's words for programs: without the method that does it, " (GrantConsent)".
std::string WithoutMethods(std::string_view said) {
  std::string words;
  while (!said.empty()) {
    const std::size_t open = said.find(" (");
    const std::size_t close = open == said.npos ? said.npos : said.find(')', open);
    if (close == said.npos) break;
    const std::string_view within = said.substr(open + 2, close - open - 2);
    const bool method =
        !within.empty() && absl::ascii_isupper(static_cast<unsigned char>(within.front())) &&
        std::ranges::all_of(within, [](unsigned char c) { return absl::ascii_isalpha(c); });
    words += said.substr(0, method ? open : close + 1);
    said.remove_prefix(close + 1);
  }
  return words.append(said);
}

// "CONJOINT_TREATMENT".
std::string ShortName(v1::ConsentPurpose purpose) {
  constexpr std::string_view kPrefix = "CONSENT_PURPOSE_";
  const std::string& name = v1::ConsentPurpose_Name(purpose);
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// "conjoint treatment".
std::string InWords(v1::ConsentPurpose purpose) {
  std::string words = absl::AsciiStrToLower(ShortName(purpose));
  std::ranges::replace(words, '_', ' ');
  return words;
}

class Entries {
 public:
  explicit Entries(const CaseFile& file) : family_(file.family) {
    for (const auto purpose :
         {v1::CONSENT_PURPOSE_TREATMENT, v1::CONSENT_PURPOSE_CONJOINT_TREATMENT}) {
      in_words_.emplace_back(ShortName(purpose), InWords(purpose));
    }
    for (const v1::Member& member : file.members) {
      if (member.display_name().empty()) continue;
      who_[member.name()] = member.display_name();
      in_words_.emplace_back(member.name(), member.display_name());
    }
    for (const v1::Consent& consent : file.consents) {
      const auto known = who_.find(consent.member());
      if (known != who_.end()) who_[consent.name()] = known->second;
    }
  }

  void Add(v1::WorklistKind kind, const std::string& subject,
           const google::protobuf::Timestamp& due, std::string_view description) {
    v1::WorklistEntry& entry = entries_.emplace_back();
    entry.set_family(family_.name());
    entry.set_display_name(family_.display_name());
    entry.set_kind(kind);
    entry.set_subject(subject);
    if (const auto known = who_.find(subject); known != who_.end()) {
      entry.set_subject_display_name(known->second);
    }
    *entry.mutable_due_time() = due;
    entry.set_description(absl::StrReplaceAll(WithoutMethods(description), in_words_));
  }
  std::vector<v1::WorklistEntry> Take() { return std::move(entries_); }

 private:
  const v1::Family& family_;
  std::map<std::string, std::string> who_;  // by name of what it is about
  std::vector<std::pair<std::string, std::string>> in_words_;
  std::vector<v1::WorklistEntry> entries_;
};

// Of a case that is `over` only what was said and nobody asked about since.
void AddScreens(const CaseFile& file, bool over, std::int64_t now_us, Entries& entries) {
  for (const v1::Member& member : file.members) {
    std::optional<ScreenDue> due;
    if (!over && MustBeScreened(file, member, now_us)) due = NextScreen(file, member);
    if (!due) due = AskedForWhatWasSaid(file, member, now_us);
    if (!due || due->at_us > now_us + kScreenNoticeUs) continue;
    const std::string what = IsTooSmallToBeAsked(file, member, now_us)
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

// What must hold when they meet the others, until they have: whoever leads that session reads it.
void AddConditions(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  if (AttendingAt(file, now_us).size() < 2) return;
  for (const v1::SafetyScreen* screen : ScreensWithConditions(file)) {
    const v1::Member* member = FindMember(file, screen->member());
    if (member == nullptr || !AttendsAt(*member, now_us)) continue;
    const auto met = std::ranges::find(file.attended, member->name(), &Attended::member);
    if (met != file.attended.end() && met->joint_us > Micros(screen->screen_time())) continue;
    entries.Add(v1::WORKLIST_KIND_SAFETY_CONDITIONS, member->name(), screen->screen_time(),
                "what must hold in joint sessions is read by whoever leads the next one "
                "(ListSafetyScreens)");
  }
}

bool GoesOn(v1::FamilyState state) {
  return state == v1::FAMILY_STATE_OPEN || state == v1::FAMILY_STATE_ON_HOLD;
}

// Without these nobody is treated, so what is missing of them is listed by itself (AddMissing).
bool IsOfTreatment(v1::ConsentPurpose purpose) {
  return purpose == v1::CONSENT_PURPOSE_TREATMENT ||
         purpose == v1::CONSENT_PURPOSE_CONJOINT_TREATMENT;
}

bool WasGivenAnew(const CaseFile& file, const v1::Consent& consent, std::int64_t at_us) {
  return FindConsent(file,
                     {.member = consent.member(),
                      .purpose = consent.purpose(),
                      .recipient = consent.recipient(),
                      .recipient_name = consent.recipient_name()},
                     at_us)
      .permitted;
}

void AddConsents(const CaseFile& file, v1::FamilyState state, std::int64_t now_us,
                 Entries& entries) {
  for (const v1::Consent& consent : file.consents) {
    const v1::Member* about = FindMember(file, consent.member());
    if (about == nullptr || !BelongsAt(*about, now_us)) continue;
    const std::int64_t ends_us = EndUs(consent, about, file.rules.zone);
    if (ends_us == 0 || consent.has_revoke_time()) continue;
    if (consent.assent() || ends_us > now_us + kConsentNoticeUs) continue;
    const bool ended = ends_us <= now_us;
    if (ended && GoesOn(state) && IsOfTreatment(consent.purpose())) continue;
    // What the work does not need, somebody decided about by now.
    const bool needed =
        IsOfTreatment(consent.purpose()) || consent.purpose() == v1::CONSENT_PURPOSE_RATINGS;
    if (!needed && ends_us + kConsentNoticeUs <= now_us) continue;
    // One that was given anew is no work, neither before its end nor after.
    if (WasGivenAnew(file, consent, std::max(ends_us, now_us))) continue;
    entries.Add(v1::WORKLIST_KIND_CONSENT_EXPIRING, consent.name(), TimestampOf(ends_us),
                "the consent to " + InWords(consent.purpose()) + " is given anew");
  }
}

// Since when the member attends an open case, or what treatment rested on ended.
std::int64_t MissingSinceUs(const CaseFile& file, const std::string& name, std::int64_t now_us) {
  std::int64_t since_us = Micros(file.family.open_time());
  const v1::Member* member = FindMember(file, name);
  if (member == nullptr) return since_us;
  if (const v1::Period* period = PeriodAt(*member, now_us)) {
    since_us = std::max(since_us, Micros(period->start_time()));
  }
  for (const v1::Consent& consent : file.consents) {
    if (consent.member() != name || !IsOfTreatment(consent.purpose())) continue;
    const std::int64_t ends_us = EndUs(consent, member, file.rules.zone);
    if (ends_us != 0 && ends_us <= now_us) since_us = std::max(since_us, ends_us);
  }
  return since_us;
}

// In an emergency these are among its conditions.
void AddMissing(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  for (const Unmet& one : UnmetConsents(file, now_us)) {
    const bool nobody = one.subject == file.family.name();
    entries.Add(nobody ? v1::WORKLIST_KIND_NOBODY_ATTENDS : v1::WORKLIST_KIND_CONSENT_MISSING,
                one.subject, TimestampOf(MissingSinceUs(file, one.subject, now_us)),
                one.description);
  }
}

void AddSignatures(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  const v1::SecretsPolicy* policy = PolicyOnceInForce(file, now_us);
  if (policy == nullptr) return;
  for (const std::string& name : PendingSigners(*policy, file, now_us)) {
    const v1::Member* member = FindMember(file, name);
    entries.Add(v1::WORKLIST_KIND_SECRETS_POLICY, name,
                TimestampOf(SignsSinceUs(*member, now_us, file.rules.zone)),
                "signs the secrets policy, which is not in force until then (SignSecretsPolicy)");
  }
}

// Completed work was looked back on before it closed.
void AddLookingBack(const CaseFile& file, std::int64_t now_us, Entries& entries) {
  const v1::Family& family = file.family;
  const std::int64_t closed_us = Micros(family.state_time());
  if (family.episodes().empty() || WasLookedBackOn(file)) return;
  if (closed_us + kLookBackUs <= now_us) return;
  entries.Add(v1::WORKLIST_KIND_LEVEL_ASSESSMENT, family.name(), family.state_time(),
              "the level of need is assessed for the closing (AssessLevelOfNeed)");
}

}  // namespace

std::vector<v1::WorklistEntry> DueIn(const CaseFile& file, std::int64_t now_us) {
  const v1::Family& family = file.family;
  const v1::FamilyState state = CaseStateAt(family, now_us);
  Entries entries(file);
  const bool over = state == v1::FAMILY_STATE_CLOSED || state == v1::FAMILY_STATE_REDIRECTED;
  AddScreens(file, over, now_us, entries);
  if (state == v1::FAMILY_STATE_CLOSED) AddLookingBack(file, now_us, entries);
  if (over) return entries.Take();
  if (GoesOn(state)) AddConditions(file, now_us, entries);
  if (InEmergency(family)) {
    for (const Unmet& one : UnmetForOpen(file, now_us)) {
      entries.Add(v1::WORKLIST_KIND_EMERGENCY_CONDITION, one.subject,
                  family.emergency().expire_time(), one.description);
    }
  } else if (GoesOn(state)) {
    AddMissing(file, now_us, entries);
  }
  if (family.has_reassessment_due_time()) {
    entries.Add(v1::WORKLIST_KIND_LEVEL_ASSESSMENT, family.name(), family.reassessment_due_time(),
                "the level of need is assessed (AssessLevelOfNeed)");
  }
  AddConsents(file, state, now_us, entries);
  AddSignatures(file, now_us, entries);
  return entries.Take();
}

}  // namespace rapport::intake
