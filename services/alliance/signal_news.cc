#include "alliance/signal_news.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/signal_message.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <tuple>

namespace rapport::alliance {
namespace {

// Signals of earlier rules don't say what they told of.
constexpr int kFirstWithShown = 6;

bool SameSubject(const Assessment& a, const Assessment& b) {
  return std::tie(a.kind, a.member, a.target) == std::tie(b.kind, b.member, b.target);
}

// Whether a signal has told of what `session` showed. One of an earlier rule was made of the newest
// session of its time and those before.
bool HasTold(const FileView& view, const StoredSignal& stored, const StoredSession& session,
             const std::string& shown) {
  const v1::Signal& signal = stored.message.signal();
  if (signal.rule_version() >= kFirstWithShown) {
    return std::ranges::find(stored.message.shown(), shown) != stored.message.shown().end();
  }
  const StoredSession* last = SessionNamed(view, signal.session());
  return last != nullptr && session.record.sort_us <= last->record.sort_us;
}

// What one session showed: whether any of it is news.
bool Take(const FileView& view, const Assessment& assessment, const StoredSession& session,
          SignalNews& news) {
  const std::string name = view.names.Session(view.file.id, session.record.id);
  const bool history = session.record.sort_us < view.now_us - kHistoryAfterMicros &&
                       &session != &view.file.sessions.back();
  bool any = false;
  for (const SingleTest& test : assessment.tests) {
    if (!ShowsByItself(assessment.kind, test)) continue;
    std::string shown = Concat({name, " ", test.code});
    if (std::ranges::find(news.shown, shown) != news.shown.end()) continue;
    const bool told = std::ranges::any_of(view.file.signals, [&](const StoredSignal& stored) {
      return IsAbout(stored.message.signal(), assessment) && HasTold(view, stored, session, shown);
    });
    news.shown.push_back(std::move(shown));
    if (told || history) continue;
    any = true;
    news.hardly_safe = news.hardly_safe || test.code == codes::kSafetyLow;
  }
  news.any = news.any || any;
  return any;
}

}  // namespace

bool IsAbout(const v1::Signal& signal, const Assessment& assessment) {
  return signal.kind() == assessment.kind && signal.member() == assessment.member &&
         signal.target() == assessment.target;
}

const StoredSession* SessionNamed(const FileView& view, const std::string& name) {
  const auto found = std::ranges::find_if(view.file.sessions, [&](const StoredSession& one) {
    return view.names.Session(view.file.id, one.record.id) == name;
  });
  return found == view.file.sessions.end() ? nullptr : &*found;
}

SignalNews NewsOf(const FileView& view, const Assessment& now,
                  std::span<const ShownBefore> before) {
  SignalNews news;
  for (const ShownBefore& one : before) {
    if (!SameSubject(one.assessment, now)) continue;
    const auto place = static_cast<std::size_t>(one.session) - 1;
    if (!Take(view, one.assessment, view.file.sessions[place], news)) continue;
    const bool as_grave =
        news.before == nullptr || LevelOf(one.assessment) >= LevelOf(news.before->assessment);
    if (as_grave) news.before = &one;
  }
  Take(view, now, view.file.sessions.back(), news);
  return news;
}

}  // namespace rapport::alliance
