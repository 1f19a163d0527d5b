#include "platform/schema/names.h"

#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::schema {
namespace {

constexpr std::size_t kShownId = 32;

bool IsShownId(std::string_view text) {
  return text.size() == kShownId && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Takes the text up to `separator` (or all of it) from the front of `rest`.
std::string_view Next(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool IsVariable(std::string_view segment) { return !segment.empty() && segment.front() == '{'; }
bool IsSlugVariable(std::string_view segment) {
  return segment.size() > 6 && segment.substr(segment.size() - 6) == "=slug}";
}

// Walks both in step. `on_value(value, is_slug)` says whether the value will do.
template <typename OnValue>
bool Walk(std::string_view pattern, std::string_view name, OnValue on_value) {
  // A slash at the end would leave an empty segment that Next can't see.
  if (name.empty() || name.back() == '/') return false;
  while (!pattern.empty() && !name.empty()) {
    const std::string_view expected = Next(pattern, '/');
    const std::string_view segment = Next(name, '/');
    if (!IsVariable(expected)) {
      if (segment != expected) return false;
    } else if (!on_value(segment, IsSlugVariable(expected))) {
      return false;
    }
  }
  return pattern.empty() && name.empty();
}

bool MatchesOne(std::string_view pattern, std::string_view name) {
  return Walk(pattern, name, [](std::string_view value, bool slug) {
    return slug ? IsSlug(value) : IsShownId(value);
  });
}

}  // namespace

bool MatchesPattern(std::string_view patterns, std::string_view name) {
  while (!patterns.empty()) {
    if (MatchesOne(Next(patterns, ','), name)) return true;
  }
  return false;
}

bool IsSlug(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  if (text.empty() || text.size() > kLongest || text.front() < 'a' || text.front() > 'z') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::optional<std::vector<std::string>> ParseName(std::string_view pattern, std::string_view name,
                                                  std::string_view agency, const IdCodec& codec) {
  std::vector<std::string> ids;
  const bool reads = Walk(pattern, name, [&](std::string_view value, bool slug) {
    if (slug) {
      ids.emplace_back(value);
      return IsSlug(value);
    }
    auto id = IsShownId(value) ? codec.Read(agency, value) : std::nullopt;
    if (!id) return false;
    ids.push_back(*std::move(id));
    return true;
  });
  if (!reads) return std::nullopt;
  return ids;
}

std::string FormatName(std::string_view pattern, const std::vector<std::string_view>& ids,
                       std::string_view agency, const IdCodec& codec) {
  std::string name;
  name.reserve(pattern.size() + ids.size() * kShownId);
  std::size_t used = 0;
  while (!pattern.empty()) {
    const std::string_view segment = Next(pattern, '/');
    if (!name.empty()) name += '/';
    if (!IsVariable(segment)) {
      name += segment;
    } else if (used == ids.size()) {
      return {};
    } else if (IsSlugVariable(segment)) {
      name += ids[used++];
    } else {
      name += codec.Show(agency, ids[used++]);
    }
  }
  return used == ids.size() ? name : std::string();
}

std::optional<std::string_view> FamilySegment(std::string_view name) {
  constexpr std::string_view kCollection = "families/";
  if (name.substr(0, kCollection.size()) != kCollection) return std::nullopt;
  name.remove_prefix(kCollection.size());
  const std::string_view segment = Next(name, '/');
  if (!IsShownId(segment)) return std::nullopt;
  return segment;
}

std::optional<std::string> FamilyIdIn(std::string_view name, std::string_view agency,
                                      const IdCodec& codec) {
  const auto segment = FamilySegment(name);
  return segment ? codec.Read(agency, *segment) : std::nullopt;
}

std::optional<std::string> MemberIdIn(std::string_view name, std::string_view agency,
                                      const IdCodec& codec) {
  auto ids = ParseName(patterns::kMember, name, agency, codec);
  if (!ids) return std::nullopt;
  return std::move(ids->back());
}

std::optional<std::string> LastIdIn(std::string_view name, std::string_view agency,
                                    const IdCodec& codec) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return codec.Read(agency, name.substr(slash + 1));
}

bool IsAnyFamily(std::string_view name) {
  constexpr std::string_view kAny = "families/-";
  return name.substr(0, kAny.size()) == kAny &&
         (name.size() == kAny.size() || name[kAny.size()] == '/');
}

bool IsWildcard(std::string_view name) {
  return name.size() > 2 && name.substr(name.size() - 2) == "/-";
}

std::string Names::Of(std::string_view pattern, Id family, Id id) const {
  const auto variables = std::count(pattern.begin(), pattern.end(), '{');
  if (variables == 1) return Show(pattern, {id});
  if (variables == 2) return Show(pattern, {family, id});
  const std::size_t middle = pattern.find('{', pattern.find('}')), end = pattern.find('}', middle);
  std::string open(pattern);
  open.replace(middle, end - middle + 1, "-");
  return Show(open, {family, id});
}

std::optional<std::string> Names::ReadOne(std::string_view pattern, std::string_view name) const {
  auto ids = ParseName(pattern, name, agency_, codec_);
  if (!ids || ids->size() != 1) return std::nullopt;
  return std::move(ids->front());
}

std::optional<InFamily> Names::Read(std::string_view pattern, std::string_view name) const {
  auto ids = ParseName(pattern, name, agency_, codec_);
  if (!ids || ids->size() != 2) return std::nullopt;
  return InFamily{std::move((*ids)[0]), std::move((*ids)[1])};
}

std::optional<NoteIds> Names::ReadNote(std::string_view name, std::string_view pattern) const {
  auto ids = ParseName(pattern, name, agency_, codec_);
  if (!ids) return std::nullopt;
  return NoteIds{std::move((*ids)[0]), std::move((*ids)[1]), std::move((*ids)[2])};
}

std::optional<PersonId> Names::ReadPerson(std::string_view name) const {
  if (auto professional = ReadProfessional(name)) return PersonId{{}, *std::move(professional)};
  if (auto member = ReadMember(name)) {
    return PersonId{std::move(member->family), std::move(member->id)};
  }
  return std::nullopt;
}

}  // namespace rapport::schema
