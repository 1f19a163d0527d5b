#include "cli/terminal_form.h"

#include "cli/screen_guard.h"
#include "cli/typed_words.h"
#include "platform/base/strings.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace rapport::cli {
namespace {

using alliance::v1::ConcernKind;
using alliance::v1::FormPart;
using alliance::v1::Item;
using alliance::v1::RatingForm;
using alliance::v1::Scale;

constexpr int kFewAnswers = 11;

// Thousandths as people write them: 2500 -> "2.5".
std::string Decimal(int thousandths) {
  std::string text = std::to_string(std::abs(thousandths) / 1000);
  std::string rest = std::to_string(1000 + std::abs(thousandths) % 1000).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  if (!rest.empty()) text += "." + rest;
  return thousandths < 0 ? "-" + text : text;
}

// Five faces are 0, 2.5, 5, 7.5 and 10 to whoever computes. Who is asked says which one: where
// there are few answers and a step is no whole number, the first is 1.
bool IsAskedByPlace(const Scale& scale) {
  return scale.max() - scale.min() < kFewAnswers && scale.step_thousandths() % 1000 != 0 &&
         !scale.no_zero();
}

std::string AnswerShown(const Scale& scale, int answer) {
  return IsAskedByPlace(scale) ? std::to_string(answer - scale.min() + 1)
                               : Decimal(answer * scale.step_thousandths());
}

const Item* ItemOf(const RatingForm& form, int number) {
  const auto& items = form.instrument().items();
  const auto found = std::ranges::find(items, number, &Item::number);
  return found == items.end() ? nullptr : &*found;
}

bool Offers(const RatingForm& form, ConcernKind kind) {
  return std::ranges::find(form.concerns(), static_cast<int>(kind)) != form.concerns().end();
}

// What stands for a concern on the keyboard; UNSPECIFIED: nothing does.
ConcernKind ConcernTyped(const RatingForm& form, const std::string& typed) {
  const ConcernKind kind = ConcernSaid(typed);
  return Offers(form, kind) ? kind : alliance::v1::CONCERN_KIND_UNSPECIFIED;
}

std::string Trimmed(const std::string& line) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(line);
  return {trimmed.data(), trimmed.size()};
}

}  // namespace

// One form being filled in.
struct TerminalForm::Filling {
  TerminalForm& terminal;
  const RatingForm& form;
  const People& people;
  const Report& report;
  const Meanwhile& meanwhile;
  Result result;
  int number = 0, questions = 0;

  // By name, where it can be known; empty: it can't.
  std::string Rater() const {
    if (!form.rater_display_name().empty()) return form.rater_display_name();
    const std::string shown = people.Show(form.rating_request().rater());
    return shown.find('/') == std::string::npos ? shown : "";
  }

  void Greet() {
    if (!Rater().empty()) terminal.out_ << "This form is for " << Rater() << ".\n\n";
    terminal.out_
        << form.instrument().title() << "\n\n"
        << form.notice() << "\n\n"
        << form.emergency_contacts() << "\n\n"
        << "Type a number, then Enter. Enter alone leaves a question out; \"skip\" leaves "
           "the whole form.\n";
    if (!form.concerns().empty()) {
      terminal.out_ << "At any question: \"talk\" (somebody should talk to me soon), \"unsafe\" (I "
                       "am not safe).\n";
    }
    terminal.out_ << "\n";
  }

  // Of somebody who was rated, within a sentence.
  std::string NameOf(const alliance::v1::RatingPart& part) const {
    const std::string shown = people.Show(part.target());
    return shown.find('/') == std::string::npos ? shown : "your therapist";
  }

  std::string TargetOf(const FormPart& part) const {
    if (part.target() == FamilyIn(part.target())) return "The session as a whole";
    const auto about_person = [](const FormPart& one) {
      return one.target() != FamilyIn(one.target());
    };
    const auto others = std::ranges::count_if(form.parts(), about_person);
    const bool helper = part.target().starts_with("professionals/");
    const std::string shown = people.Show(part.target());
    const bool named = shown.find('/') == std::string::npos;
    if (helper && !named && others == 1) return "Your therapist";
    return Concat({"About ", shown});
  }

  // Asks until there is an answer to `question` that `take` takes; what is typed for the whole form
  // is seen to here. False: the form is over.
  bool Until(const std::string& question, const std::function<bool(const std::string&)>& take) {
    for (std::string line;;) {
      if (const std::string news = meanwhile ? meanwhile() : ""; !news.empty()) {
        terminal.out_ << news << "\n";
      }
      if (!terminal.Ask(question, &line)) return false;
      const std::string typed = Trimmed(line);
      if (PlainWords(typed) == "skip") {
        result.end = End::kSkipped;
        return false;
      }
      const ConcernKind concern = ConcernTyped(form, typed);
      if (concern != alliance::v1::CONCERN_KIND_UNSPECIFIED) {
        if (!TellOf(concern)) return false;
        continue;
      }
      if (take(typed)) return true;
    }
  }

  // What would be an answer, and what to type in need: whoever typed something else may have meant
  // that. Always false.
  bool Unclear(std::string_view needed) {
    terminal.out_ << "     That is no answer here: " << needed << ".\n";
    if (Offers(form, alliance::v1::CONCERN_KIND_NOT_SAFE)) {
      terminal.out_ << "     If you are not safe, type: unsafe\n";
    }
    return false;
  }

  // `answer` is what was said, or `if_empty` where that says what Enter alone means.
  bool AskYesOrNo(const std::string& question, std::optional<bool> if_empty, bool& answer) {
    return Until(question, [&](const std::string& typed) {
      const auto said = typed.empty() ? if_empty : SaidYes(typed);
      if (!said) return Unclear("y or n");
      answer = *said;
      return true;
    });
  }

  // At once, and the words after it: whoever has none to add has been heard.
  bool TellOf(ConcernKind kind) {
    terminal.out_ << report(kind, "") << "\n";
    std::string words;
    if (!terminal.Ask("In your own words, if you like: ", &words)) return false;
    if (!Trimmed(words).empty()) terminal.out_ << report(kind, Trimmed(words)) << "\n";
    return true;
  }

  // A shared device goes from hand to hand, and a code with it: a form that somebody else filled in
  // would be believed. Enter alone is no answer.
  bool AskWhoIsHere() {
    if (!form.shared_device()) return true;
    const std::string question = Rater().empty() ? "Is the code that you typed your own? [y/n] "
                                                 : Concat({"Are you ", Rater(), "? [y/n] "});
    bool theirs = false;
    const bool answered = AskYesOrNo(question, std::nullopt, theirs);
    if (answered && !theirs) result.end = End::kSomebodyElse;
    return answered && theirs;
  }

  bool AskWhetherToGoOn() {
    if (!form.asks_whether_to_go_on()) return true;
    bool go_on = true;
    const bool answered = AskYesOrNo(
        "You passed the last three times. Do you want to go on being asked? [Y/n] ", true, go_on);
    if (answered && !go_on) result.end = End::kStopAsking;
    return answered && go_on;
  }

  bool AskItem(const Item& item, alliance::v1::RatingPart& part) {
    const std::string wording =
        item.wording().empty()
            ? Concat({"Question ", std::to_string(item.number()), " of your form"})
            : item.wording();
    const Scale& scale = form.instrument().scale();
    std::string anchors;
    for (const auto& anchor : scale.anchors()) {
      anchors += Concat({anchors.empty() ? "" : ", ", AnswerShown(scale, anchor.answer()), " = ",
                         anchor.label()});
    }
    terminal.out_ << std::to_string(++number) << "/" << std::to_string(questions) << "  " << wording
                  << "\n";
    if (!anchors.empty()) terminal.out_ << "     " << anchors << "\n";
    return Until(Concat({"     ", AnswersOf(scale), ": "}), [&](const std::string& typed) {
      if (typed.empty()) return true;
      int steps = 0;
      if (!ReadAnswer(scale, typed, &steps)) {
        return Unclear(Concat({"a number is needed, ", AnswersOf(scale), "; or Enter alone"}));
      }
      auto& answer = *part.add_answers();
      answer.set_item(item.number());
      answer.set_steps(steps);
      return true;
    });
  }

  bool AskParts() {
    for (const FormPart& part : form.parts()) questions += part.items_size();
    for (const FormPart& part : form.parts()) {
      terminal.out_ << TargetOf(part) << "\n";
      alliance::v1::RatingPart answered;
      answered.set_target(part.target());
      for (const int item_number : part.items()) {
        const Item* item = ItemOf(form, item_number);
        if (item != nullptr && !AskItem(*item, answered)) return false;
      }
      // A part without an answer says nothing.
      if (!answered.answers().empty()) *result.rating.add_parts() = std::move(answered);
      terminal.out_ << "\n";
    }
    return true;
  }

  // Once for everybody who was rated: Enter alone is a no.
  bool AskWhatWentWrong() {
    if (!form.asks_went_wrong()) return true;
    std::vector<alliance::v1::RatingPart*> people_rated;
    for (alliance::v1::RatingPart& part : *result.rating.mutable_parts()) {
      if (part.target() != FamilyIn(part.target())) people_rated.push_back(&part);
    }
    if (people_rated.empty()) return true;
    const bool one = people_rated.size() == 1;
    std::string question = one ? Concat({"Did something go wrong between you and ",
                                         NameOf(*people_rated.front()), "? [y/N] "})
                               : "Did something go wrong between you and one of them? Enter: no. ";
    for (std::size_t i = 0; !one && i < people_rated.size(); ++i) {
      question +=
          Concat({i == 0 ? "" : ", ", std::to_string(i + 1), " ", NameOf(*people_rated[i])});
    }
    if (!one) question += ": ";
    return Until(question, [&](const std::string& typed) {
      for (alliance::v1::RatingPart* part : people_rated) part->clear_went_wrong();
      const auto said = typed.empty() ? std::optional(false) : SaidYes(typed);
      if (said == false) return true;
      if (one) {
        people_rated.front()->set_went_wrong(said == true);
        return said == true || Unclear("y or n; Enter alone is a no");
      }
      for (const absl::string_view word :
           absl::StrSplit(Absl(typed), absl::ByAnyChar(", "), absl::SkipEmpty())) {
        std::size_t which = 0;
        if (!absl::SimpleAtoi(word, &which) || which < 1 || which > people_rated.size()) {
          return Unclear("the numbers of those with whom it did; Enter alone is a no");
        }
        people_rated[which - 1]->set_went_wrong(true);
      }
      return true;
    });
  }

  bool AskComment() {
    if (!form.asks_comment()) return true;
    std::string text;
    if (!Until("A line for your therapist, if you like: ", [&](const std::string& typed) {
          text = typed;
          return true;
        })) {
      return false;
    }
    if (text.empty()) return true;
    bool shared = false;
    if (!AskYesOrNo("May the therapist bring it up with the family? [y/N] ", false, shared)) {
      return false;
    }
    auto& comment = *result.rating.mutable_comment();
    comment.set_text(text);
    comment.set_visibility(shared ? alliance::v1::COMMENT_VISIBILITY_MAY_BE_SHARED
                                  : alliance::v1::COMMENT_VISIBILITY_THERAPIST_ONLY);
    return true;
  }
};

bool TerminalForm::Ask(const std::string& question, std::string* line) {
  out_ << question << std::flush;
  return static_cast<bool>(std::getline(in_, *line));
}

void TerminalForm::Clear() {
  if (clears_) out_ << kClearScreen << std::flush;
}

TerminalForm::Result TerminalForm::Fill(const RatingForm& form, const People& people,
                                        const Report& report, const Meanwhile& meanwhile) {
  Clear();
  Filling filling{*this, form, people, report, meanwhile, {}, 0, 0};
  alliance::v1::Rating& rating = filling.result.rating;
  const auto& request = form.rating_request();
  rating.set_rater(request.rater());
  rating.set_session(request.session());
  rating.set_instrument(request.instrument());
  rating.set_mode(form.shared_device() ? alliance::v1::RATING_MODE_SHARED_DEVICE
                                       : alliance::v1::RATING_MODE_OWN_DEVICE);
  filling.Greet();
  bool done = filling.AskWhoIsHere() && filling.AskWhetherToGoOn();
  const auto start = now_();
  done = done && filling.AskParts() && filling.AskWhatWentWrong() && filling.AskComment();
  if (done) {
    const auto took = std::chrono::ceil<std::chrono::seconds>(now_() - start);
    rating.set_answer_seconds(static_cast<int>(std::min<std::int64_t>(took.count(), 86'400)));
    // Every question left out: there is nothing to submit.
    filling.result.end = rating.parts().empty() ? End::kSkipped : End::kAnswered;
  }
  Clear();
  return std::move(filling.result);
}

bool ReadAnswer(const Scale& scale, const std::string& typed, int* steps) {
  std::string text = typed;
  std::ranges::replace(text, ',', '.');
  // Digits as people write them: 1e1 and 0x5 were meant otherwise.
  if (text.find_first_not_of("+-.0123456789") != std::string::npos) return false;
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) return false;
  const double exact =
      IsAskedByPlace(scale) ? value - 1 + scale.min() : value * 1000 / scale.step_thousandths();
  const double whole = std::round(exact);
  // Typed decimals are inexact in binary; a step is far larger than the error of that.
  if (std::abs(exact - whole) > 1e-6 || whole < scale.min() || whole > scale.max()) return false;
  if (whole == 0 && scale.no_zero()) return false;
  *steps = static_cast<int>(whole);
  return true;
}

std::string AnswersOf(const Scale& scale) {
  const int step = scale.step_thousandths();
  if (scale.max() - scale.min() < kFewAnswers) {
    std::string all;
    for (int answer = scale.min(); answer <= scale.max(); ++answer) {
      if (answer == 0 && scale.no_zero()) continue;
      all += Concat({all.empty() ? "" : ", ", AnswerShown(scale, answer)});
    }
    return all;
  }
  return Concat({Decimal(scale.min() * step), " to ", Decimal(scale.max() * step), ", in steps of ",
                 Decimal(step)});
}

}  // namespace rapport::cli
