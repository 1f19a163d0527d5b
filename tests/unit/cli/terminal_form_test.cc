// The terminal form: prompts, answers, concerns, skips, time, and a screen that tells nothing.
#include "cli/terminal_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <utility>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
namespace v1 = alliance::v1;

constexpr const char* kClear = "\x1b[2J\x1b[3J\x1b[H";

class TerminalFormA13 : public testing::Test {
 protected:
  TerminalFormA13() {
    form_.set_notice("Who reads it.");
    form_.set_emergency_contacts("Call 555-0100.");
    form_.add_concerns(v1::CONCERN_KIND_TALK_TO_ME_SOON);
    form_.add_concerns(v1::CONCERN_KIND_NOT_SAFE);
    form_.mutable_rating_request()->set_rater("families/1/members/2");
    form_.mutable_rating_request()->set_session("families/1/sessions/3");
    form_.mutable_rating_request()->set_instrument("instruments/tiny.1");
    v1::Instrument& instrument = *form_.mutable_instrument();
    instrument.set_title("Tiny");
    instrument.mutable_scale()->set_min(0);
    instrument.mutable_scale()->set_max(100);
    instrument.mutable_scale()->set_step_thousandths(100);
    for (int number = 1; number <= 3; ++number) {
      v1::Item& item = *instrument.add_items();
      item.set_number(number);
      if (number != 3) item.set_wording("Sentence " + std::to_string(number) + ".");
    }
    v1::FormPart& helper = *form_.add_parts();
    helper.set_target("professionals/4");
    helper.add_items(1);
    helper.add_items(2);
    v1::FormPart& once = *form_.add_parts();
    once.set_target("families/1");
    once.add_items(3);
  }
  TerminalForm::Result Fill(const std::string& typed, bool clears = false) {
    std::istringstream in(typed);
    std::ostringstream out;
    auto moment = std::chrono::steady_clock::time_point();
    TerminalForm terminal(in, out, clears, [&] { return moment += std::chrono::seconds(21); });
    auto result = terminal.Fill(
        form_, people_,
        [&](v1::ConcernKind kind, const std::string& words) -> std::string {
          reports_.push_back(std::to_string(kind) + words);
          return "somebody was told";
        },
        [&] { return std::exchange(news_, ""); });
    screen_ = out.str();
    return result;
  }
  // "1=70" for item 1, 70 steps.
  static std::vector<std::string> Answers(const v1::Rating& rating) {
    std::vector<std::string> all;
    for (const auto& part : rating.parts()) {
      for (const auto& answer : part.answers()) {
        all.push_back(std::to_string(answer.item()) + "=" + std::to_string(answer.steps()));
      }
    }
    return all;
  }

  v1::RatingForm form_;
  People people_;
  std::string news_;
  std::vector<std::string> reports_;
  std::string screen_;
};

TEST_F(TerminalFormA13, AsksOneQuestionAfterTheOther) {
  const auto result = Fill("7\n6.5\n10\n");
  EXPECT_EQ(result.end, TerminalForm::End::kAnswered);
  EXPECT_THAT(Answers(result.rating), ElementsAre("1=70", "2=65", "3=100"));
  EXPECT_EQ(result.rating.parts(0).target(), "professionals/4");
  EXPECT_EQ(result.rating.parts(1).target(), "families/1");
  EXPECT_EQ(result.rating.rater(), "families/1/members/2");
  EXPECT_EQ(result.rating.instrument(), "instruments/tiny.1");
  EXPECT_EQ(result.rating.mode(), v1::RATING_MODE_OWN_DEVICE);
  EXPECT_THAT(screen_, HasSubstr("Your therapist"));
  EXPECT_THAT(screen_, HasSubstr("1/3  Sentence 1."));
  EXPECT_THAT(screen_, HasSubstr("3/3  Question 3 of your form"));
  EXPECT_THAT(screen_, HasSubstr("0 to 10, in steps of 0.1"));
}

TEST_F(TerminalFormA13, SaysBeforeTheFirstQuestionWhoReadsAndWhomToCall) {
  Fill("7\n7\n7\n");
  EXPECT_LT(screen_.find("Who reads it."), screen_.find("Sentence 1."));
  EXPECT_LT(screen_.find("Call 555-0100."), screen_.find("Sentence 1."));
}

TEST_F(TerminalFormA13, SaysFirstWhoseItIsWhereTheNameIsKnown) {
  Fill("7\n7\n7\n");
  EXPECT_THAT(screen_, Not(HasSubstr("This form is for")));
  people_.Add("families/1/members/2", "Zoë Novak");
  Fill("7\n7\n7\n");
  EXPECT_TRUE(screen_.starts_with("This form is for Zoë Novak.\n"));
}

TEST_F(TerminalFormA13, AnInvitationsFormSaysItByItself) {
  form_.set_rater_display_name("Mira Sample");
  Fill("7\n7\n7\n");
  EXPECT_TRUE(screen_.starts_with("This form is for Mira Sample.\n"));
  EXPECT_THAT(screen_, Not(HasSubstr("Are you"))) << "it came to them alone";
}

TEST_F(TerminalFormA13, OnASharedDeviceItAsksFirstWhetherThatIsWhoIsHere) {
  form_.set_rater_display_name("Mira Sample");
  form_.set_shared_device(true);
  form_.set_asks_whether_to_go_on(true);
  const auto result = Fill("\ny\n\n7\n7\n7\n");
  EXPECT_EQ(result.end, TerminalForm::End::kAnswered);
  EXPECT_THAT(Answers(result.rating), SizeIs(3));
  EXPECT_LT(screen_.find("Are you Mira Sample? [y/n]"), screen_.find("go on being asked"));
}

TEST_F(TerminalFormA13, WhoIsSomebodyElseAnswersNothing) {
  form_.set_rater_display_name("Mira Sample");
  form_.set_shared_device(true);
  const auto result = Fill("n\n7\n7\n7\n");
  EXPECT_EQ(result.end, TerminalForm::End::kSomebodyElse);
  EXPECT_THAT(result.rating.parts(), IsEmpty());
  EXPECT_THAT(screen_, Not(HasSubstr("Sentence 1.")));
}

TEST_F(TerminalFormA13, OfACodeWithoutANameItAsksWhetherItIsTheirOwn) {
  form_.set_shared_device(true);
  EXPECT_EQ(Fill("n\n").end, TerminalForm::End::kSomebodyElse);
  EXPECT_THAT(screen_, HasSubstr("Is the code that you typed your own?"));
}

TEST_F(TerminalFormA13, ToldNewsBeforeTheNextQuestion) {
  news_ = "it was passed on now";
  Fill("7\n7\n7\n");
  EXPECT_LT(screen_.find("it was passed on now"), screen_.find("in steps of"));
}

TEST_F(TerminalFormA13, SaysOfWhatIsNoAnswerWhatOneIs) {
  Fill("eleven\n7\n7\n7\n");
  EXPECT_THAT(screen_, HasSubstr("That is no answer here: a number is needed, 0 to 10"));
}

// What else was typed may have been meant as a cry.
TEST_F(TerminalFormA13, A14_SaysWithEachUnclearAnswerWhatToTypeInNeed) {
  Fill("help\n7\n7\n7\n");
  EXPECT_THAT(screen_, HasSubstr("That is no answer here"));
  EXPECT_THAT(screen_, HasSubstr("If you are not safe, type: unsafe\n"));
}

TEST_F(TerminalFormA13, A14_HearsUnsafeHoweverItIsTyped) {
  for (const char* typed : {"UNSAFE", "Unsafe.", "I am not safe"}) {
    reports_.clear();
    Fill(std::string(typed) + "\n\n7\n7\n7\n");
    EXPECT_THAT(reports_, ElementsAre(std::to_string(v1::CONCERN_KIND_NOT_SAFE))) << typed;
  }
}

TEST_F(TerminalFormA13, ANumberIsOneAsPeopleWriteIt) {
  EXPECT_THAT(Answers(Fill("1e1\n0x5\n7,5\n7\n7\n").rating), ElementsAre("1=75", "2=70", "3=70"));
}

TEST_F(TerminalFormA13, MeasuresItsTime) {
  EXPECT_EQ(Fill("7\n7\n7\n").rating.answer_seconds(), 21);
}

TEST_F(TerminalFormA13, LeavesOutWhatIsNotAnswered) {
  EXPECT_THAT(Answers(Fill("\n6\n\n").rating), ElementsAre("2=60"));
  EXPECT_EQ(Fill("\n\n\n").end, TerminalForm::End::kSkipped);
}

TEST_F(TerminalFormA13, AsksAgainForWhatIsNoAnswer) {
  EXPECT_THAT(Answers(Fill("eleven\n11\n-1\n6.55\n6,5\n1\n2\n").rating),
              ElementsAre("1=65", "2=10", "3=20"));
}

TEST_F(TerminalFormA13, AConcernIsHandedOnAtOnceAndTheFormGoesOn) {
  const auto result = Fill("7\nunsafe\nmade-up words\n6\ntalk\n\n5\n");
  EXPECT_THAT(reports_, ElementsAre("2", "2made-up words", "1"));
  EXPECT_THAT(Answers(result.rating), ElementsAre("1=70", "2=60", "3=50"));
  EXPECT_THAT(screen_, HasSubstr("somebody was told"));
}

TEST_F(TerminalFormA13, AConcernIsHandedOnEvenWhenTheInputEndsThere) {
  EXPECT_EQ(Fill("unsafe\n").end, TerminalForm::End::kBroken);
  EXPECT_THAT(reports_, ElementsAre("2"));
}

TEST_F(TerminalFormA13, WhereNoConcernIsOfferedNoneIsSpokenOf) {
  form_.clear_concerns();
  form_.set_shared_device(true);
  const auto result = Fill("y\nunsafe\n7\n7\n7\n");
  EXPECT_THAT(reports_, IsEmpty());
  EXPECT_THAT(screen_, Not(HasSubstr("safe")));
  EXPECT_EQ(result.rating.mode(), v1::RATING_MODE_SHARED_DEVICE);
}

TEST_F(TerminalFormA13, SkipLeavesTheWholeFormAnywhereAndAsksNoReason) {
  EXPECT_EQ(Fill("skip\n").end, TerminalForm::End::kSkipped);
  EXPECT_EQ(Fill("7\n7\nskip\n").end, TerminalForm::End::kSkipped);
}

TEST_F(TerminalFormA13, AfterThreeSkipsItAsksFirstWhetherToGoOn) {
  form_.set_asks_whether_to_go_on(true);
  EXPECT_EQ(Fill("n\n").end, TerminalForm::End::kStopAsking);
  EXPECT_EQ(Fill("skip\n").end, TerminalForm::End::kSkipped);
  EXPECT_THAT(Answers(Fill("what\n\n7\n7\n7\n").rating), SizeIs(3));
}

TEST_F(TerminalFormA13, ACommentComesWithItsOwnChoice) {
  form_.set_asks_comment(true);
  auto rating = Fill("7\n7\n7\na made-up line\n\n").rating;
  EXPECT_EQ(rating.comment().text(), "a made-up line");
  EXPECT_EQ(rating.comment().visibility(), v1::COMMENT_VISIBILITY_THERAPIST_ONLY);
  rating = Fill("7\n7\n7\na made-up line\nmaybe\ny\n").rating;
  EXPECT_EQ(rating.comment().visibility(), v1::COMMENT_VISIBILITY_MAY_BE_SHARED);
  EXPECT_FALSE(Fill("7\n7\n7\n\n").rating.has_comment());
}

TEST_F(TerminalFormA13, NothingIsSentWhenTheInputEndsEarly) {
  EXPECT_EQ(Fill("7\n7\n").end, TerminalForm::End::kBroken);
  EXPECT_EQ(Fill("").end, TerminalForm::End::kBroken);
}

TEST_F(TerminalFormA13, TheScreenIsClearedBeforeAndAfterWhateverTheEnd) {
  for (const char* typed : {"7\n7\n7\n", "skip\n", "7\n"}) {
    Fill(typed, /*clears=*/true);
    EXPECT_TRUE(screen_.starts_with(kClear)) << typed;
    EXPECT_TRUE(screen_.ends_with(kClear)) << typed;
  }
  Fill("7\n7\n7\n");
  EXPECT_THAT(screen_, Not(HasSubstr("\x1b"))) << "a pipe gets plain text";
}

// Nobody of nine types 7.5.
TEST_F(TerminalFormA13, FacesAreCountedFromOne) {
  v1::Scale faces;
  faces.set_min(0);
  faces.set_max(4);
  faces.set_step_thousandths(2500);
  EXPECT_EQ(AnswersOf(faces), "1, 2, 3, 4, 5");
  int steps = -1;
  EXPECT_TRUE(ReadAnswer(faces, "4", &steps));
  EXPECT_EQ(steps, 3);
  EXPECT_TRUE(ReadAnswer(faces, "1", &steps));
  EXPECT_EQ(steps, 0);
  for (const char* none : {"0", "6", "7.5", "2.5", ""}) {
    EXPECT_FALSE(ReadAnswer(faces, none, &steps)) << none;
  }
  *form_.mutable_instrument()->mutable_scale() = faces;
  auto& last = *form_.mutable_instrument()->mutable_scale()->add_anchors();
  last.set_answer(4);
  last.set_label("entirely");
  Fill("5\n\n\n\n");
  EXPECT_THAT(screen_, HasSubstr("5 = entirely"));
  EXPECT_THAT(screen_, Not(HasSubstr("2.5")));
}

TEST_F(TerminalFormA13, ScalesWithoutAMiddleAreReadByTheirValues) {
  int steps = -1;
  v1::Scale bipolar;
  bipolar.set_min(-3);
  bipolar.set_max(3);
  bipolar.set_step_thousandths(1000);
  bipolar.set_no_zero(true);
  EXPECT_EQ(AnswersOf(bipolar), "-3, -2, -1, 1, 2, 3");
  EXPECT_TRUE(ReadAnswer(bipolar, "-2", &steps));
  EXPECT_FALSE(ReadAnswer(bipolar, "0", &steps));
  EXPECT_FALSE(ReadAnswer(bipolar, "nan", &steps));
}

TEST_F(TerminalFormA13, AsksOnceWhetherSomethingWentWrong) {
  form_.set_asks_went_wrong(true);
  EXPECT_FALSE(Fill("7\n7\n7\n\n").rating.parts(0).went_wrong());
  EXPECT_THAT(screen_, HasSubstr("Did something go wrong between you and your therapist? [y/N]"));
  const auto told = Fill("7\n7\n7\nperhaps\ny\n");
  EXPECT_TRUE(told.rating.parts(0).went_wrong());
  EXPECT_FALSE(told.rating.parts(1).went_wrong()) << "the session as a whole is nobody";
  EXPECT_EQ(Fill("7\n7\n7\nskip\n").end, TerminalForm::End::kSkipped);
  EXPECT_EQ(Fill("\n\n7\n").end, TerminalForm::End::kAnswered) << "nobody was rated: not asked";
}

TEST_F(TerminalFormA13, OfSeveralPeopleTheNumbersSayWithWhomItWentWrong) {
  form_.set_asks_went_wrong(true);
  v1::FormPart& other = *form_.add_parts();
  other.set_target("professionals/5");
  other.add_items(1);
  const auto ticks = [&](const std::string& typed) {
    const auto filled = Fill("7\n7\n7\n7\n" + typed);
    std::string all;
    for (const auto& part : filled.rating.parts()) all += part.went_wrong() ? '1' : '0';
    return all;
  };
  EXPECT_EQ(ticks("\n"), "000");
  EXPECT_EQ(ticks("2\n"), "001");
  EXPECT_EQ(ticks("1, 2\n"), "101");
  EXPECT_EQ(ticks("1 3\n2\n"), "001") << "there is no third: asked again, and nothing is kept";
}

}  // namespace
}  // namespace rapport::cli
