#include "alliance/family_memory.h"

#include "platform/base/strings.h"

#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

std::string KeyOf(std::string_view agency, std::string_view family) {
  return Concat({agency, "/", family});
}

}  // namespace

std::shared_ptr<FamilyMemory> FamilyMemories::Take(std::string_view agency,
                                                   std::string_view family) {
  const std::string key = KeyOf(agency, family);
  std::lock_guard lock(taking_);
  const auto known = known_.Find(key);
  if (known == nullptr) return std::make_shared<FamilyMemory>();
  known_.Erase(key);
  return *known;
}

void FamilyMemories::GiveBack(std::string_view agency, std::string_view family,
                              std::shared_ptr<FamilyMemory> memory) {
  known_.Put(KeyOf(agency, family),
             std::make_shared<const std::shared_ptr<FamilyMemory>>(std::move(memory)));
}

void FamilyMemories::AtRest(std::string_view agency, std::string_view family, std::int64_t event) {
  at_rest_.Put(KeyOf(agency, family), std::make_shared<const std::int64_t>(event));
}

bool FamilyMemories::SawAtRest(std::string_view agency, std::string_view family,
                               std::int64_t event) {
  const auto seen = at_rest_.Find(KeyOf(agency, family));
  return seen != nullptr && event <= *seen;
}

void FamilyMemories::Forget(std::string_view agency, std::string_view family) {
  known_.Erase(KeyOf(agency, family));
  at_rest_.Erase(KeyOf(agency, family));
}

}  // namespace rapport::alliance
