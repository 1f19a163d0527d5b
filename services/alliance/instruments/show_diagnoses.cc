#include "alliance/instruments/diagnose.h"
#include "alliance/instruments/text_places.h"
#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr std::size_t kMostSource = 160;  // bytes of a source line that are shown

std::string_view LineAt(std::string_view text, int line) {
  const std::size_t begin = OffsetOf(text, line - 1, 0);
  const std::string_view rest = text.substr(begin);
  return rest.substr(0, rest.find('\n'));
}

}  // namespace

std::string ShowDiagnoses(std::string_view file, std::string_view text,
                          const std::vector<Diagnosis>& diagnoses) {
  std::string shown;
  for (const Diagnosis& one : diagnoses) {
    const std::string line = std::to_string(one.line);
    std::string_view source = LineAt(text, one.line);
    if (source.ends_with('\r')) source.remove_suffix(1);
    shown += Concat({file, ":", line, ":", std::to_string(one.column), ": error: ", one.path,
                     one.path.empty() ? "" : ": "});
    shown += one.found.empty() ? Concat({one.path.empty() ? "" : "missing, "})
                               : Concat({"found ", one.found, ", "});
    shown += Concat({"expected ", one.expected, "\n"});
    const std::string margin(std::max<std::size_t>(line.size(), 5), ' ');
    std::string under;  // tabs where the source has them, so that both move alike
    std::size_t at = 0;
    for (int point = 1; at < source.size(); ++at) {
      if (IsContinuation(source[at])) continue;
      if (point++ == one.column) break;
      under += source[at] == '\t' ? '\t' : ' ';
    }
    std::string line_shown(source.substr(0, kMostSource));
    std::ranges::replace_if(line_shown, IsControl, ' ');
    shown += Concat(
        {margin.substr(std::min(line.size(), margin.size())), line, " | ", line_shown, "\n"});
    if (at <= kMostSource) {
      const auto room = static_cast<int>(kMostSource - at);
      shown += Concat(
          {margin, " | ", under, "^",
           std::string(static_cast<std::size_t>(std::clamp(one.length - 1, 0, std::max(room, 0))),
                       '~'),
           "\n"});
    }
    if (!one.note.empty()) shown += Concat({margin, " = note: ", one.note, "\n"});
  }
  return shown;
}

}  // namespace rapport::alliance
