// Nobody has to copy an etag by hand: whatever is changed is shown somewhere.
#include "cli/etags.h"

#include "cli/fields.h"
#include "cli/methods.h"
#include "cli/verbs.h"

#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

TEST(Etags, WhateverNeedsOneIsShownByAMethod) {
  for (const Verb& verb : AllVerbs()) {
    if (verb.method->input_type()->FindFieldByName("etag") == nullptr) continue;
    const Field subject = FieldsOf(*verb.method->input_type()).subject;
    if (subject.path.empty()) continue;
    EXPECT_FALSE(ShownBy(*verb.method).empty()) << verb.method->name();
  }
}

TEST(Etags, ASingleAnswerComesBeforeAList) {
  const auto note = ShownBy(*FindMethod("notes/SignNote"));
  ASSERT_FALSE(note.empty());
  EXPECT_EQ(note.front().method->name(), "GetNote");
  const auto consent = ShownBy(*FindMethod("intake/RevokeConsent"));
  ASSERT_FALSE(consent.empty());
  EXPECT_EQ(consent.front().method->name(), "ListConsents");
  EXPECT_EQ(consent.front().field->name(), "consents");
}

TEST(Etags, WhatAnAgencyHasOneOfIsShownWithoutAName) {
  const auto duty = ShownBy(*FindMethod("alliance/SetDuty"));
  ASSERT_EQ(duty.size(), 1u);
  EXPECT_EQ(duty.front().method->name(), "GetDuty");
  EXPECT_EQ(duty.front().field->name(), "duty");
  // One of many: which is in the request.
  EXPECT_TRUE(ShownBy(*FindMethod("alliance/SetInstrumentLicence")).empty());
}

}  // namespace
}  // namespace rapport::cli
