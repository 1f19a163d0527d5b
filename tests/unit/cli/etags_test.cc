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

}  // namespace
}  // namespace rapport::cli
