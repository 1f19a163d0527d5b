#include "alliance/instruments/licence.h"

#include "alliance/scoring/answers.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

namespace rapport::alliance {
namespace {

std::string At(std::string_view path, std::string_view field, int index) {
  return Concat({path, path.empty() ? "" : ".", field, "[", std::to_string(index), "]"});
}

void CheckItems(const v1::InstrumentWording& wording, const v1::Instrument& instrument,
                const std::string& path, std::vector<Fault>& faults) {
  std::set<int> numbers;
  for (int i = 0; i < wording.items_size(); ++i) {
    const v1::ItemWording& item = wording.items(i);
    const std::string item_path = At(path, "items", i);
    if (FindItem(instrument, item.number()) == nullptr || !numbers.insert(item.number()).second) {
      faults.push_back({.path = Concat({item_path, ".number"}),
                        .expected = "the number of an item of the instrument, each once"});
    }
    if (item.wording().empty()) {
      faults.push_back({.path = Concat({item_path, ".wording"}), .expected = "what the item asks"});
    }
  }
  for (const v1::Item& item : instrument.items()) {
    if (numbers.contains(item.number())) continue;
    faults.push_back(
        {.path = Concat({path, ".items"}),
         .expected = Concat({"the wording of item ", std::to_string(item.number()), " too"})});
  }
}

void CheckAnchors(const v1::InstrumentWording& wording, const v1::Instrument& instrument,
                  const std::string& path, std::vector<Fault>& faults) {
  std::set<int> answers;
  for (int i = 0; i < wording.anchors_size(); ++i) {
    const v1::Anchor& anchor = wording.anchors(i);
    const std::string anchor_path = At(path, "anchors", i);
    if (!OnScale(instrument.scale(), anchor.answer()) || !answers.insert(anchor.answer()).second) {
      faults.push_back({.path = Concat({anchor_path, ".answer"}),
                        .expected = "an answer of the scale, each once"});
    }
    if (anchor.label().empty()) {
      faults.push_back({.path = Concat({anchor_path, ".label"}), .expected = "a label"});
    }
  }
}

std::chrono::year_month_day LastDay(const v1::Attestation& attestation) {
  const auto& until = attestation.until();
  return {std::chrono::year(until.year()), std::chrono::month(static_cast<unsigned>(until.month())),
          std::chrono::day(static_cast<unsigned>(until.day()))};
}

std::string_view Primary(std::string_view language) {
  return language.substr(0, language.find('-'));
}

}  // namespace

std::vector<Fault> CheckLicence(const v1::InstrumentLicence& licence,
                                const v1::Instrument& instrument) {
  std::vector<Fault> faults;
  if (licence.has_attestation() && licence.attestation().by().empty()) {
    faults.push_back({.path = "attestation.by", .expected = "who attests the licence"});
  }
  if (licence.attestation().has_until() && !LastDay(licence.attestation()).ok()) {
    faults.push_back({.path = "attestation.until", .expected = "a day of the calendar"});
  }
  if (!licence.wordings().empty() && !licence.has_attestation()) {
    faults.push_back({.path = "attestation", .expected = "who attests the right to the wording"});
  }
  if (!licence.wordings().empty() && instrument.items().empty()) {
    faults.push_back({.path = "wordings",
                      .expected = "none: the instrument has no items; create a version that has"});
    return faults;
  }
  std::set<std::string_view> languages;
  for (int i = 0; i < licence.wordings_size(); ++i) {
    const v1::InstrumentWording& wording = licence.wordings(i);
    const std::string path = At("", "wordings", i);
    if (wording.language().empty() || !languages.insert(wording.language()).second) {
      faults.push_back(
          {.path = Concat({path, ".language"}), .expected = "a language, each at most once"});
    }
    CheckItems(wording, instrument, path, faults);
    CheckAnchors(wording, instrument, path, faults);
  }
  return faults;
}

bool InForce(const v1::Attestation& attestation, std::int64_t now_us) {
  if (!attestation.has_until()) return true;
  const auto end = std::chrono::sys_days(LastDay(attestation)) + std::chrono::days(1);
  return now_us <
         std::chrono::duration_cast<std::chrono::microseconds>(end.time_since_epoch()).count();
}

const v1::InstrumentWording* WordingFor(const v1::InstrumentLicence& licence,
                                        std::string_view language, std::int64_t now_us) {
  if (!licence.has_attestation() || !InForce(licence.attestation(), now_us)) return nullptr;
  const auto find = [&](auto matches) -> const v1::InstrumentWording* {
    const auto found = std::ranges::find_if(licence.wordings(), matches);
    return found == licence.wordings().end() ? nullptr : &*found;
  };
  if (const auto* same = find([&](const auto& one) { return one.language() == language; })) {
    return same;
  }
  if (const auto* near =
          find([&](const auto& one) { return Primary(one.language()) == Primary(language); })) {
    return near;
  }
  return licence.wordings().empty() ? nullptr : &licence.wordings(0);
}

void ShowWording(const v1::InstrumentWording& wording, v1::Instrument& instrument) {
  instrument.set_language(wording.language());
  for (v1::Item& item : *instrument.mutable_items()) {
    for (const v1::ItemWording& words : wording.items()) {
      if (words.number() == item.number()) item.set_wording(words.wording());
    }
  }
  if (!wording.anchors().empty()) {
    *instrument.mutable_scale()->mutable_anchors() = wording.anchors();
  }
}

}  // namespace rapport::alliance
