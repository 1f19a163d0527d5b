// Who may give a consent, for whom, and who may record that they did. Pure.
#pragma once

#include "intake/case_file.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

// Staff see the paper that gives somebody the authority; a member has their own word only.
enum class Recorder : std::uint8_t { kStaff, kMember };

// Therapy and what goes with it, where the law lets a minor of that age; releases, recordings and
// research stay with the adults. Nobody knows what one may whose age is unknown.
bool MayConsentThemself(const CaseFile& file, const v1::Member& minor, v1::ConsentPurpose purpose,
                        std::int64_t at_us);

// What is wrong with the grantor of a consent about `about`: (field, what was expected), every
// fault. For an adult: the adult, or by a paper that staff saw a guardian, a court's or the holder
// of a power of attorney; never as a parent. For a minor: these, or a parent whom no paper denies
// custody, from their own account only where the genogram says that they are one and the minor did
// not say no; or the minor, where the law lets them and a clinician finds that they understand it.
std::vector<std::pair<std::string, std::string>> FaultsOfGrantor(const v1::Consent& consent,
                                                                 const v1::Member& about,
                                                                 const CaseFile& file,
                                                                 Recorder recorder,
                                                                 std::int64_t now_us);

}  // namespace rapport::intake
