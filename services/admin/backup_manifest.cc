// What a manifest looks like.
#include "admin/backup_folder.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"

#include <absl/strings/escaping.h>
#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace rapport::admin {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

// Of the same kind as checkpoints and the erasure list: what is kept outside a database says what
// was in it. No agency has this name.
std::string MacOf(const json& body, const std::string& service, const crypto::SuiteSecret& suite) {
  const crypto::Secret key =
      suite.Key(crypto::SuiteKey::kCheckpoint, Concat({"backup manifest/", service}));
  return Hex(crypto::HmacSha256(key.view(), {body.dump()}));
}

json BodyOf(const Manifest& m) {
  json body = {{"format", kFormat},
               {"service", m.service},
               {"holds", NameOf(m.holds)},
               {"made", absl::FormatTime(absl::FromUnixMicros(m.made_us), absl::UTCTimeZone())},
               {"made_us", m.made_us},
               {"bytes", m.bytes},
               {"sha256", m.sha256},
               {"schema", json::array()},
               {"tables", json::object()},
               {"heads", json::array()}};
  for (const db::AppliedStep& step : m.schema) {
    body["schema"].push_back({{"component", step.component},
                              {"number", step.number},
                              {"name", step.name},
                              {"sha256", step.sha256}});
  }
  for (const auto& [name, sum] : m.tables) {
    body["tables"][name] = {{"rows", sum.rows}, {"sha256", Hex(sum.sha256)}};
  }
  for (const ChainHead& head : m.heads) {
    body["heads"].push_back(
        {{"agency", head.agency}, {"sequence", head.sequence}, {"mac", Hex(head.mac)}});
  }
  return body;
}

std::string Unhex(const json& text) { return absl::HexStringToBytes(text.get<std::string>()); }

// Throws json's exceptions where something is missing: after the MAC was right, a defect.
Manifest Read(const json& body) {
  Manifest m{.service = body.at("service"),
             .holds = body.at("holds") == NameOf(Holds::kData) ? Holds::kData : Holds::kKeys,
             .made_us = body.at("made_us"),
             .bytes = body.at("bytes"),
             .sha256 = body.at("sha256")};
  for (const json& step : body.at("schema")) {
    m.schema.push_back(
        {step.at("component"), step.at("number"), step.at("name"), step.at("sha256")});
  }
  for (const auto& [name, sum] : body.at("tables").items()) {
    m.tables[name] = {.rows = sum.at("rows"), .sha256 = Unhex(sum.at("sha256"))};
  }
  for (const json& head : body.at("heads")) {
    m.heads.push_back({head.at("agency"), head.at("sequence"), Unhex(head.at("mac"))});
  }
  return m;
}

}  // namespace

std::string ToText(const Manifest& manifest, const crypto::SuiteSecret& suite) {
  json body = BodyOf(manifest);
  body["mac"] = MacOf(body, manifest.service, suite);
  return body.dump(2) + "\n";
}

absl::StatusOr<Manifest> ManifestOf(std::string_view text, const crypto::SuiteSecret& suite) {
  const auto damaged = [] {
    return absl::DataLossError("the manifest is damaged, or of another suite");
  };
  json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("mac") || !body["mac"].is_string()) return damaged();
  const auto mac = body["mac"].get<std::string>();
  body.erase("mac");
  if (!body.contains("service") || !body["service"].is_string()) return damaged();
  const auto service = body["service"].get<std::string>();
  if (!crypto::ConstantTimeEqual(MacOf(body, service, suite), mac)) return damaged();
  if (body.value("format", 0) != kFormat) {
    return absl::FailedPreconditionError("the backup has a format that this program does not know");
  }
  try {
    return Read(body);
  } catch (const json::exception&) {
    return damaged();
  }
}

}  // namespace rapport::admin
