// Formats: shapes of strings that many fields share (rapport.options.v1.Format). Slugs are in
// names.h because names are made of them, etags in etag.h. Pure.
#pragma once

#include <string_view>

namespace rapport::schema {

// 8-4-4-4-12 hex digits, any case.
bool IsUuid(std::string_view text);

// Well-formed like a BCP 47 tag: a language of 2 to 8 letters, then subtags of 1 to 8 letters and
// digits, a single letter never last; at most 35 characters in all. `de`, `pt-BR`, `zh-Hant-TW`.
// Whether the language exists is not asked.
bool IsLanguageTag(std::string_view text);

}  // namespace rapport::schema
