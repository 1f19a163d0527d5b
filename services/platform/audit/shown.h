// Whose data a list over several families showed: what a use case notes so that each shown family
// and member gets a line in its own accounting. A call about one family says so by its access
// instead. Owns nothing.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/strings.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::audit {

inline constexpr std::size_t kInnerIdBytes = 16;

// `member`: empty for data of everyone in the family. Inner ids. Noting again changes nothing.
inline void NoteShown(CallContext& context, std::string_view family, std::string_view member = {}) {
  context.disclosed_members.push_back(Concat({family, member}));
}

// The families of a call about no single one, each with its members; none: everyone. Empty when
// nothing was noted.
inline std::map<std::string, std::vector<std::string>> ShownFamilies(const CallContext& context) {
  std::map<std::string, std::vector<std::string>> families;
  if (!context.access.family.empty()) return families;
  for (const std::string& shown : context.disclosed_members) {
    auto& members = families[shown.substr(0, kInnerIdBytes)];
    if (shown.size() > kInnerIdBytes) members.push_back(shown.substr(kInnerIdBytes));
  }
  // Everyone's once is everyone's.
  for (const std::string& shown : context.disclosed_members) {
    if (shown.size() == kInnerIdBytes) families[shown].clear();
  }
  return families;
}

}  // namespace rapport::audit
