#include "alliance/signals/suggestions.h"

#include <array>

namespace rapport::alliance {
namespace {

using enum WhoIsLow;
constexpr auto kRupture = v1::SIGNAL_KIND_RUPTURE;
constexpr auto kSplit = v1::SIGNAL_KIND_SPLIT;
constexpr auto kHelperSplit = v1::SIGNAL_KIND_HELPER_SPLIT;
constexpr auto kIsolation = v1::SIGNAL_KIND_ISOLATION;
constexpr auto kUnsafe = v1::SIGNAL_KIND_UNSAFE;
constexpr auto kCeiling = v1::SIGNAL_KIND_CEILING;
constexpr auto kAny = v1::CONTENT_UNSPECIFIED;
constexpr auto kTask = v1::CONTENT_TASK;
constexpr auto kGoal = v1::CONTENT_GOAL;
constexpr auto kBond = v1::CONTENT_BOND;

constexpr Suggestion kSuggestions[] = {
    {kIsolation, kAny, 0, kAnyone,
     "Turn to this member first next time, with a question only they can answer. Ask, don't "
     "assume: \"What would make room for you here?\""},
    {kIsolation, kAny, 1, kAnyone,
     "Ask what would make coming possible at all: the way here, the time, someone to watch the "
     "little ones. Offer one thing you can do this week."},
    {kIsolation, kAny, 2, kAnyone,
     "Ask the adults what this member does well at home, with the member listening. Then ask the "
     "member whether that sounds right."},
    {kIsolation, kAny, 0, kTeen,
     "Take five minutes alone and say what stays between you. Ask: \"Is there something here that "
     "would be for you, and not only about you?\""},
    {kIsolation, kAny, 0, kChild,
     "Bring paper and something to play with. Ask the child to show the family today, and who is "
     "missing from the picture."},
    {kIsolation, kAny, 0, kAdult,
     "Call before the next session. Ask what they hoped for when they first came, and whether "
     "anything we do now serves it."},

    {kRupture, kAny, 0, kAnyone,
     "Ask, don't assume: \"What was different for you last time?\" Listen for how you work, where "
     "you are going, and trust, one after the other."},
    {kRupture, kTask, 0, kAnyone,
     "Ask: \"What about the way we used the time did not fit for you?\" Offer to change what you "
     "do together, or its pace."},
    {kRupture, kTask, 1, kAnyone,
     "Ask what would help most before the next meeting, and do that thing together, even if it is "
     "a form or a phone call. Talk about the rest after."},
    {kRupture, kTask, 2, kAnyone,
     "Ask which part of the plan at home was too much. Make it one rule or one evening, and say "
     "that you asked for too much at once."},
    {kRupture, kTask, 0, kChild,
     "Ask with pictures or cards which part was boring or scary. Let the child choose what you do "
     "first next time."},
    {kRupture, kTask, 0, kTeen,
     "Ask: \"If you ran the next session, what would we do with the hour?\" Take one part of the "
     "answer and do it."},
    {kRupture, kGoal, 0, kAnyone,
     "Ask: \"Are we still heading where you want to go?\" Say the goals again in this member's own "
     "words before going on."},
    {kRupture, kGoal, 1, kAnyone,
     "Ask what worries them most this week. If it is not what you are working on, say so, and put "
     "it first."},
    {kRupture, kGoal, 3, kAnyone,
     "Ask each partner or generation alone what a good year would look like. Look together for "
     "one thing that stands in both answers."},
    {kRupture, kGoal, 4, kAnyone,
     "Ask what the work has come to mean, and what is still unsaid. A goal may have been reached "
     "without anybody noticing."},
    {kRupture, kGoal, 0, kTeen,
     "Ask whose idea the goals were. Find one with them that would make their own week better, and "
     "write it down in their words."},
    {kRupture, kBond, 0, kAnyone,
     "Ask, with nobody else listening: \"Did something I said or did land badly?\" Hear it out, "
     "and "
     "own your part before you explain anything."},
    {kRupture, kBond, 1, kAnyone,
     "Do one small thing you promised, and tell them it is done. Then ask how it has been to count "
     "on you."},
    {kRupture, kBond, 2, kAdult,
     "Ask whether they felt judged as a parent. Name one thing they do that keeps the family safe, "
     "and mean it."},
    {kRupture, kBond, 0, kTeen,
     "Ask whether it felt as if you took sides. Say what you keep to yourself and what you cannot, "
     "and let silence be an answer."},
    {kRupture, kBond, 0, kChild,
     "Greet the child first next time and ask what they liked or did not like about you. Thank "
     "them for the brave answer."},

    {kSplit, kAny, 0, kAnyone,
     "Two people see the work differently; both may be right. Ask the one who has moved away, "
     "alone: \"What do the others get from this that you don't?\""},
    {kSplit, kAny, 2, kTeen,
     "Keep the parents' say and the teen's trust in view together: agree with the parents on what "
     "is theirs to decide, then ask the teen what would be fair."},
    {kSplit, kAny, 3, kAdult,
     "Ask each adult what they think you think of them. Say in front of both what you understand "
     "of each side."},
    {kSplit, kAny, 0, kChild,
     "Ask the child what is talked about too much, and what too little. Tell the adults in the "
     "child's words, if the child agrees."},
    {kSplit, kGoal, 0, kAnyone,
     "Write every member's goal side by side and ask each one which of the others' goals they "
     "could help with."},
    {kSplit, kBond, 0, kAnyone,
     "Count who you spoke with most last time. Spend the first ten minutes of the next with the "
     "one you spoke with least, and ask how it is to sit here."},

    {kUnsafe, kAny, 0, kAnyone,
     "Meet this member alone before the family meets again. Ask what could happen after a hard "
     "thing is said, and to whom. Follow your safety plan."},
    {kUnsafe, kAny, 0, kChild,
     "See the child alone, in a place the child knows. Ask openly, don't lead, don't promise "
     "secrecy, and follow your duty to protect."},

    {kCeiling, kAny, 0, kAnyone,
     "Full marks every time can be thanks, or politeness. Ask: \"If one thing here could be a "
     "little better, what would it be?\""},
    {kCeiling, kAny, 0, kChild,
     "Tell the child that low marks help you learn and make nobody cross. Ask for the one thing "
     "that was least fun."},

    {kHelperSplit, kAny, 0, kAnyone,
     "Talk between helpers first: what does each of you do with this member? Then ask the member "
     "which of it helps, without asking them to choose."},
    {kHelperSplit, kBond, 0, kAnyone,
     "Let the helper this member trusts more ask: \"How has it been with the two of us?\" Offer a "
     "talk of three, not about, but with the other helper."},
};

// How much of what was asked a suggestion is about; below 0: about something else.
int Fit(const Suggestion& one, v1::Content content, NeedLevel level, WhoIsLow who) {
  if (one.content != kAny && one.content != content) return -1;
  if (one.level != 0 && one.level != level) return -1;
  if (one.who != kAnyone && one.who != who) return -1;
  return (one.content != kAny ? 4 : 0) + (one.who != kAnyone ? 2 : 0) + (one.level != 0 ? 1 : 0);
}

}  // namespace

std::span<const Suggestion> AllSuggestions() { return kSuggestions; }

std::string_view SuggestionFor(v1::SignalKind kind, v1::Content content, NeedLevel level,
                               WhoIsLow who) {
  std::string_view best;
  int best_fit = -1;
  for (const Suggestion& one : kSuggestions) {
    const int fit = one.kind == kind ? Fit(one, content, level, who) : -1;
    if (fit <= best_fit) continue;
    best_fit = fit;
    best = one.text;
  }
  return best;
}

}  // namespace rapport::alliance
