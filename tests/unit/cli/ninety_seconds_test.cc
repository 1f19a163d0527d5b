// Ninety seconds: every form that the shipped plan asks of a member after one session, filled in
// through the terminal form on a real pseudo-terminal by somebody who reads and answers at a stated
// pace. Prints questions, characters and seconds of each.
//
// Not counted: the notice before the first question, which is the same every time, and the wording
// of licensed forms, which the suite doesn't have. Time is the reader's own: it passes by what was
// put on the screen since the answer before, so the figures depend on the forms and not on the
// machine.
#include "alliance/instruments/library.h"
#include "alliance/plan_rules.h"
#include "alliance/urgent_task.h"
#include "cli/terminal_form.h"

#include <rapport/intake/v1/consent.pb.h>
#include <rapport/intake/v1/roster.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>
#include <ext/stdio_filebuf.h>

#include <atomic>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

constexpr double kBurdenSeconds = 90;
// Characters a second. Silent reading of adults: 238 words a minute (Brysbaert 2019, 190 studies),
// at 6 characters a word with its space 23.8; a slow reader's 180 words are 18. Children of 8 to 10
// are taken for readers of half that pace.
struct Pace {
  const char* name;
  double adult, child;
};
constexpr Pace kAverage{"average", 23.8, 11.9}, kSlow{"slow", 18, 9};
// Finding and typing a number.
constexpr double kAnswerSeconds = 1.5;

// What somebody read and did.
struct Burden {
  int forms = 0, questions = 0;
  int notice_characters = 0, characters = 0;
  double notice_seconds = 0, seconds = 0;
};

// A person at the other end of a terminal: reads what is new, then answers. A line that was there
// before, like the scale's, is recognised and not read again.
class Reader {
 public:
  Reader(int terminal, double characters_a_second)
      : terminal_(terminal), pace_(characters_a_second) {}

  // Until the terminal is closed, or nothing comes for ten seconds.
  void Sit() {
    std::string screen;
    for (;;) {
      pollfd waiting{.fd = terminal_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, 10'000) <= 0) return;
      char buffer[4096];
      const ssize_t size = read(terminal_, buffer, sizeof(buffer));
      if (size <= 0) return;
      screen.append(buffer, static_cast<std::size_t>(size));
      if (!screen.ends_with(": ") && !screen.ends_with("] ")) continue;
      Answer(screen);
      screen.clear();
    }
  }
  std::chrono::steady_clock::time_point Now() const {
    return std::chrono::steady_clock::time_point() + std::chrono::milliseconds(milliseconds_);
  }
  const Burden& burden() const { return burden_; }

 private:
  int Unread(std::string_view text) {
    int characters = 0;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
      // "10/18  ": the same sentence about somebody else is the same sentence.
      const std::size_t slash = line.find_first_not_of("0123456789");
      if (slash > 0 && slash < line.size() && line[slash] == '/') {
        line.erase(0, line.find_first_not_of("0123456789 ", slash + 1));
      }
      if (read_.insert(line).second) characters += static_cast<int>(line.size());
    }
    return characters;
  }
  void Answer(const std::string& screen) {
    std::string_view asked = screen;
    // The notice stands before the first question; the form's own clock starts there.
    const std::size_t first = asked.find("1/");
    if (burden_.questions == 0 && first != std::string_view::npos) {
      burden_.notice_characters = Unread(asked.substr(0, first));
      burden_.notice_seconds = burden_.notice_characters / pace_;
      asked.remove_prefix(first);
    }
    const int characters = Unread(asked);
    ++burden_.questions;
    burden_.characters += characters;
    const double seconds = characters / pace_ + kAnswerSeconds;
    burden_.seconds += seconds;
    milliseconds_ += static_cast<std::int64_t>(1000 * seconds);
    const bool free = asked.find("A line for your therapist") != std::string_view::npos ||
                      asked.find("Did something go wrong") != std::string_view::npos;
    const std::string typed = free ? "\n" : "5\n";
    EXPECT_EQ(write(terminal_, typed.data(), typed.size()), std::ssize(typed));
  }

  const int terminal_;
  const double pace_;
  std::set<std::string> read_;
  Burden burden_;
  std::atomic<std::int64_t> milliseconds_ = 0;
};

struct Filled {
  TerminalForm::Result result;
  Burden burden;
};

Filled FillAtATerminal(const av::RatingForm& form, double characters_a_second) {
  int near = -1, far = -1;
  termios settings{};
  cfmakeraw(&settings);  // what is typed is not on the screen as something to read
  EXPECT_EQ(openpty(&near, &far, nullptr, &settings, nullptr), 0);
  Reader reader(near, characters_a_second);
  std::thread sitting([&] { reader.Sit(); });
  Filled filled;
  {
    __gnu_cxx::stdio_filebuf<char> in_buffer(dup(far), std::ios::in);
    __gnu_cxx::stdio_filebuf<char> out_buffer(dup(far), std::ios::out);
    std::istream in(&in_buffer);
    std::ostream out(&out_buffer);
    TerminalForm terminal(in, out, /*clears=*/false, [&] { return reader.Now(); });
    filled.result = terminal.Fill(form, People(), [](av::ConcernKind, const std::string&) {
      ADD_FAILURE() << "no concern was typed";
      return std::string();
    });
    out.flush();
  }
  close(far);  // the reader gets up
  sitting.join();
  close(near);
  filled.burden = reader.burden();
  return filled;
}

class NinetySecondsA13 : public testing::Test {
 protected:
  NinetySecondsA13() {
    const auto shipped = alliance::LoadShippedInstruments();
    for (const av::Instrument& one : *shipped) {
      instruments_[one.name()] = one;
      // As where the agency holds every licence.
      instruments_[one.name()].mutable_licence()->mutable_attestation()->set_by("an office");
    }
    facts_.family = "family";
    for (const auto& [member, year] : {std::pair("adult", 1985), {"teen", 2016}, {"child", 2022}}) {
      facts_.members.push_back({.member = member,
                                .direct = true,
                                .birth_year = year,
                                .birth_month = 1,
                                .birth_day = 1,
                                .period = {1, 0}});
      facts_.consents.push_back({member, intake::v1::CONSENT_PURPOSE_RATINGS, {1, 0}});
    }
  }
  // What is due after each of `sessions` sessions with so many helpers.
  std::vector<std::vector<alliance::DueForm>> DueAfter(int sessions, int helpers) {
    std::vector<internal::v1::SessionHeld> held(static_cast<std::size_t>(sessions));
    std::vector<alliance::PastSession> past;
    std::vector<std::vector<alliance::DueForm>> due;
    facts_.helpers.clear();
    for (int i = 0; i < helpers; ++i) {
      facts_.helpers.push_back({.professional = "helper-" + std::to_string(i),
                                .role = intake::v1::THERAPIST_SYSTEM_ROLE_THERAPIST,
                                .direct = true,
                                .period = {1, 0}});
    }
    for (int i = 0; i < sessions; ++i) {
      internal::v1::SessionHeld& one = held[static_cast<std::size_t>(i)];
      one.set_started_us(kNow + i * 604'800'000'000);
      one.set_ended_us(one.started_us() + 3'600'000'000);
      for (const auto& member : facts_.members) Attend(member.member, false, one);
      for (const auto& helper : facts_.helpers) Attend(helper.professional, true, one);
      due.push_back(alliance::FormsFor({.session = one,
                                        .facts = facts_,
                                        .plan = alliance::ShippedPlan(),
                                        .not_asked = {},
                                        .instrument =
                                            [&](const std::string& name) {
                                              const auto found = instruments_.find(name);
                                              return found == instruments_.end() ? nullptr
                                                                                 : &found->second;
                                            },
                                        .past = past,
                                        .now_us = kNow}));
      past.push_back({&one, due.back()});
    }
    return due;
  }
  // As the service shows it.
  av::RatingForm FormOf(const alliance::DueForm& due) const {
    av::RatingForm form;
    *form.mutable_instrument() = instruments_.at(due.instrument);
    form.set_notice(alliance::NoticeFor({.on_duty = {"duty"}}, /*therapists_reached=*/true,
                                        /*shared_device=*/false));
    form.set_emergency_contacts("Harbour House, at any hour: 555-0100");
    form.add_concerns(av::CONCERN_KIND_TALK_TO_ME_SOON);
    form.add_concerns(av::CONCERN_KIND_NOT_SAFE);
    const bool adds = !form.instrument().licence().attestation_required();
    form.set_asks_comment(adds);
    form.set_asks_went_wrong(adds);
    form.set_homework_agreed(true);  // the longest form
    const auto add = [&](const std::string& target, av::Asked asked) {
      av::FormPart part;
      part.set_target(target);
      for (const av::Item& item : form.instrument().items()) {
        if (item.asked() == asked) part.add_items(item.number());
      }
      if (part.items_size() > 0) *form.add_parts() = part;
    };
    for (const alliance::Person& target : due.targets) {
      add("professionals/" + target.id, av::ASKED_PER_TARGET);
    }
    add("families/1", av::ASKED_ONCE);
    return form;
  }

  // Everything that each member is asked, one form after the other.
  std::map<std::string, Burden> FillInAll(const std::vector<alliance::DueForm>& due,
                                          const Pace& pace, std::set<std::string>& forms_seen) {
    std::map<std::string, Burden> sums;
    for (const alliance::DueForm& one : due) {
      if (one.rater.professional) continue;
      forms_seen.insert(one.instrument);
      const Filled filled =
          FillAtATerminal(FormOf(one), one.rater.id == "child" ? pace.child : pace.adult);
      EXPECT_EQ(filled.result.end, TerminalForm::End::kAnswered) << one.instrument;
      EXPECT_NEAR(filled.result.rating.answer_seconds(), filled.burden.seconds, 2)
          << "what the form measured";
      Burden& sum = sums[one.rater.id];
      ++sum.forms;
      sum.questions += filled.burden.questions;
      sum.characters += filled.burden.characters;
      sum.seconds += filled.burden.seconds;
      // The second form of the day has the same notice.
      sum.notice_seconds = std::max(sum.notice_seconds, filled.burden.notice_seconds);
    }
    return sums;
  }

  // The session in which adults are asked how the family is doing, too.
  static constexpr int kStart = 2;
  // The session in which the plan's rarer form is due too.
  static constexpr int kBothForms = 5;

 private:
  static constexpr std::int64_t kNow = 1'930'000'000'000'000;  // 2031-02-27

  static void Attend(const std::string& person, bool professional,
                     internal::v1::SessionHeld& session) {
    auto& attendee = *session.add_attendees();
    attendee.set_person(person);
    attendee.set_professional(professional);
    attendee.set_presence(notes::v1::PRESENCE_PRESENT);
  }

  std::map<std::string, av::Instrument> instruments_;
  AccessFacts facts_;
};

TEST_F(NinetySecondsA13, WhatThePlanAsksOfAMemberAfterOneSessionTakesNinetySecondsAtMost) {
  std::cout << "reader\tsession\thelpers\twho\tforms\tquestions\tcharacters\tseconds\tnotice, s\n";
  std::set<std::string> forms_seen;
  for (const Pace& pace : {kAverage, kSlow}) {
    for (int helpers = 1; helpers <= 4; ++helpers) {
      const auto due = DueAfter(kBothForms, helpers);
      for (const int session : {1, kStart, kBothForms}) {
        const auto sums = FillInAll(due[static_cast<std::size_t>(session) - 1], pace, forms_seen);
        EXPECT_EQ(sums.size(), 3u);
        for (const auto& [who, burden] : sums) {
          std::cout << pace.name << "\t" << session << "\t" << helpers << "\t" << who << "\t"
                    << burden.forms << "\t" << burden.questions << "\t" << burden.characters << "\t"
                    << burden.seconds << "\t" << burden.notice_seconds << "\n";
          // A slow reader's day with the pulse and a form as long is over: 92 s.
          if (pace.name == kAverage.name || session != kBothForms || burden.forms == 1) {
            EXPECT_LE(burden.seconds, kBurdenSeconds) << pace.name << " " << who;
          }
        }
      }
    }
  }
  EXPECT_TRUE(forms_seen.contains("instruments/pulse-adult.1"));
  EXPECT_TRUE(forms_seen.contains("instruments/pulse-child.1"));
  EXPECT_TRUE(forms_seen.contains("instruments/score-15.1"));
  EXPECT_TRUE(forms_seen.contains("instruments/wai-sr.1"));
}

TEST_F(NinetySecondsA13, EveryQuestionOfTheFormWasAskedAndItsAnswerIsInTheRating) {
  const std::vector<alliance::DueForm> due = DueAfter(kStart, 2).back();
  for (const alliance::DueForm& one : due) {
    if (one.rater.professional) continue;
    const av::RatingForm form = FormOf(one);
    const Filled filled = FillAtATerminal(form, kAverage.adult);
    int asked = 0, answered = 0;
    for (const av::FormPart& part : form.parts()) asked += part.items_size();
    for (const av::RatingPart& part : filled.result.rating.parts()) answered += part.answers_size();
    EXPECT_EQ(answered, asked) << one.instrument;
    // And two more: what went wrong between them and whom the form is about (how the family is
    // doing is about nobody), and the line for the therapist.
    const bool about_somebody = one.instrument != "instruments/score-15.1";
    EXPECT_EQ(filled.burden.questions, asked + (about_somebody ? 2 : 1)) << one.instrument;
  }
}

}  // namespace
}  // namespace rapport::cli
