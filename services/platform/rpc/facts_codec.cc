#include "platform/rpc/facts_codec.h"

namespace rapport::rpc {
namespace {

template <typename Message>
void PutPeriod(const Period& period, Message* message) {
  message->set_from_us(period.from_us);
  message->set_to_us(period.to_us);
}

template <typename Message>
Period PeriodOf(const Message& message) {
  return {message.from_us(), message.to_us()};
}

template <typename Message>
void PutSubjects(const std::vector<std::string>& subjects, Message* message) {
  for (const std::string& subject : subjects) message->add_subjects(subject);
}

template <typename Message>
std::vector<std::string> SubjectsOf(const Message& message) {
  return {message.subjects().begin(), message.subjects().end()};
}

}  // namespace

internal::v1::AccessFacts ToMessage(const AccessFacts& facts) {
  internal::v1::AccessFacts message;
  message.set_family(facts.family);
  message.set_version(facts.version);
  message.set_taken_us(facts.taken_us);
  message.set_state(static_cast<int>(facts.state));
  message.set_level_of_need(facts.level_of_need);
  for (const auto& helper : facts.helpers) {
    auto* out = message.add_helpers();
    out->set_professional(helper.professional);
    PutSubjects(helper.subjects, out);
    out->set_role(helper.role);
    out->set_direct(helper.direct);
    out->set_trainee(helper.trainee);
    PutPeriod(helper.period, out);
  }
  for (const auto& supervisor : facts.supervisors) {
    auto* out = message.add_supervisors();
    out->set_professional(supervisor.professional);
    PutSubjects(supervisor.subjects, out);
    out->set_supervisee(supervisor.supervisee);
    PutPeriod(supervisor.period, out);
  }
  for (const auto& member : facts.members) {
    auto* out = message.add_members();
    out->set_member(member.member);
    PutSubjects(member.subjects, out);
    out->set_direct(member.direct);
    out->set_birth_year(member.birth_year);
    out->set_birth_month(member.birth_month);
    out->set_birth_day(member.birth_day);
    out->set_majority_us(member.majority_us);
    PutPeriod(member.period, out);
  }
  for (const auto& consent : facts.consents) {
    auto* out = message.add_consents();
    out->set_member(consent.member);
    out->set_purpose(consent.purpose);
    PutPeriod(consent.period, out);
    out->set_in_emergency(consent.in_emergency);
  }
  for (const auto& grant : facts.break_glass) {
    auto* out = message.add_break_glass();
    out->set_id(grant.id);
    out->set_professional(grant.professional);
    PutSubjects(grant.subjects, out);
    PutPeriod(grant.period, out);
  }
  for (const auto& pair : facts.separated) {
    auto* out = message.add_separated();
    out->set_first(pair.first);
    out->set_second(pair.second);
    out->set_since_us(pair.since_us);
  }
  for (const auto& pair : facts.reunited) {
    auto* out = message.add_reunited();
    out->set_first(pair.first);
    out->set_second(pair.second);
    out->set_until_us(pair.until_us);
  }
  for (const auto& due : facts.screens_due) {
    auto* out = message.add_screens_due();
    out->set_member(due.member);
    out->set_due_us(due.due_us);
  }
  for (const auto& policy : facts.secrets_policies) {
    auto* out = message.add_secrets_policies();
    out->set_option(policy.option);
    PutPeriod(policy.period, out);
  }
  return message;
}

AccessFacts FromMessage(const internal::v1::AccessFacts& message) {
  AccessFacts facts;
  facts.family = message.family();
  facts.version = message.version();
  facts.taken_us = message.taken_us();
  facts.state = static_cast<CaseState>(message.state());
  facts.level_of_need = message.level_of_need();
  for (const auto& in : message.helpers()) {
    facts.helpers.push_back(
        {in.professional(), SubjectsOf(in), in.role(), in.direct(), in.trainee(), PeriodOf(in)});
  }
  for (const auto& in : message.supervisors()) {
    facts.supervisors.push_back({in.professional(), SubjectsOf(in), in.supervisee(), PeriodOf(in)});
  }
  for (const auto& in : message.members()) {
    facts.members.push_back({in.member(), SubjectsOf(in), in.direct(), in.birth_year(),
                             in.birth_month(), in.birth_day(), PeriodOf(in), in.majority_us()});
  }
  for (const auto& in : message.consents()) {
    facts.consents.push_back({in.member(), in.purpose(), PeriodOf(in), in.in_emergency()});
  }
  for (const auto& in : message.break_glass()) {
    facts.break_glass.push_back({in.id(), in.professional(), SubjectsOf(in), PeriodOf(in)});
  }
  for (const auto& in : message.separated()) {
    facts.separated.push_back({in.first(), in.second(), in.since_us()});
  }
  for (const auto& in : message.reunited()) {
    facts.reunited.push_back({in.first(), in.second(), in.until_us()});
  }
  for (const auto& in : message.screens_due()) {
    facts.screens_due.push_back({in.member(), in.due_us()});
  }
  for (const auto& in : message.secrets_policies()) {
    facts.secrets_policies.push_back({in.option(), PeriodOf(in)});
  }
  return facts;
}

}  // namespace rapport::rpc
