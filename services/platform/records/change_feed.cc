#include "platform/records/change_feed.h"

#include "platform/base/status_macros.h"
#include "platform/crypto/base64url.h"
#include "platform/records/event_history.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <charconv>

namespace rapport::records {
namespace {

// How much of the log one page looks at, wanted or not.
constexpr std::int64_t kScan = 1'000;

constexpr char kSelectHead[] = "SELECT outbox_sequence FROM audit_head WHERE agency_id = $1";
constexpr char kSelectOldest[] =
    "SELECT sequence FROM outbox WHERE agency_id = $1 ORDER BY sequence LIMIT 1";
constexpr char kSelectTime[] =
    "SELECT created_us FROM outbox WHERE agency_id = $1 AND sequence = $2";
constexpr char kSelectEvents[] =
    "SELECT sequence, family_id, event_type, created_us, envelope FROM outbox"
    " WHERE agency_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

absl::StatusOr<std::int64_t> HeadOf(db::Tx& tx, std::string_view agency) {
  std::int64_t head = 0;
  RETURN_IF_ERROR(
      tx.Run(kSelectHead, {agency}, [&](const db::Row& row) { head = row.Int(0); }).status());
  return head;
}

// When the event was appended; nullopt: it is not kept.
absl::StatusOr<std::optional<std::int64_t>> TimeOf(db::Tx& tx, std::string_view agency,
                                                   std::int64_t sequence) {
  std::optional<std::int64_t> created_us;
  RETURN_IF_ERROR(tx.Run(kSelectTime, {agency, sequence}, [&](const db::Row& row) {
                      created_us = row.Int(0);
                    }).status());
  return created_us;
}

// Two whole numbers in decimal with a space between; nullopt: anything else.
std::optional<ChangeFeed::Place> ParsePlace(std::string_view text) {
  ChangeFeed::Place place;
  const char* const end = text.data() + text.size();
  const auto sequence = std::from_chars(text.data(), end, place.sequence);
  if (sequence.ec != std::errc() || sequence.ptr == end || *sequence.ptr != ' ') {
    return std::nullopt;
  }
  const auto time = std::from_chars(sequence.ptr + 1, end, place.created_us);
  if (time.ec != std::errc() || time.ptr != end) return std::nullopt;
  return place;
}

}  // namespace

std::string ChangeFeed::Identity(std::string_view agency) const {
  return crypto::Identity({"v1", service_, "change cursor", agency});
}

std::string ChangeFeed::Cursor(std::string_view agency, const Place& place) const {
  const std::string plain = std::to_string(place.sequence) + " " + std::to_string(place.created_us);
  return crypto::EncodeBase64Url(
      suite_.SealerFor(crypto::SuiteKey::kPageToken, agency)->Seal(Identity(agency), plain));
}

absl::StatusOr<ChangeFeed::Place> ChangeFeed::Read(std::string_view agency,
                                                   std::string_view cursor) const {
  const auto sealed = crypto::DecodeBase64Url(cursor);
  if (!sealed) return schema::Refused(schema::reasons::kCursorInvalid);
  const auto plain =
      suite_.SealerFor(crypto::SuiteKey::kPageToken, agency)->Open(Identity(agency), *sealed);
  if (!plain.ok()) return schema::Refused(schema::reasons::kCursorInvalid);
  const auto place = ParsePlace(*plain);
  if (!place) return schema::Refused(schema::reasons::kCursorInvalid);
  return *place;
}

absl::StatusOr<ChangeFeed::Place> ChangeFeed::Newest(db::Tx& tx, std::string_view agency) {
  Place place;
  ASSIGN_OR_RETURN(place.sequence, HeadOf(tx, agency));
  ASSIGN_OR_RETURN(const auto created_us, TimeOf(tx, agency, place.sequence));
  place.created_us = created_us.value_or(0);
  return place;
}

absl::StatusOr<ChangeFeed::Page> ChangeFeed::After(db::Tx& tx, std::string_view agency,
                                                   std::optional<Place> place,
                                                   std::span<const int> types, int limit) const {
  ASSIGN_OR_RETURN(const std::int64_t head, HeadOf(tx, agency));
  std::int64_t oldest = head + 1;
  RETURN_IF_ERROR(
      tx.Run(kSelectOldest, {agency}, [&](const db::Row& row) { oldest = row.Int(0); }).status());
  Page page;
  if (place) {
    ASSIGN_OR_RETURN(const auto created_us, TimeOf(tx, agency, place->sequence));
    const bool another = created_us && place->created_us != 0 && *created_us != place->created_us;
    const bool restored = HistoryOf(place->sequence) != HistoryOf(head);
    if (another || restored || place->sequence > head || place->sequence + 1 < oldest) {
      return schema::Refused(schema::reasons::kChangesExpired);
    }
    page.place = *place;
  } else {
    page.place.sequence = std::max(oldest - 1, BeforeHistory(HistoryOf(head)));
  }
  bool full = false;
  ASSIGN_OR_RETURN(
      const std::int64_t seen,
      tx.Run(kSelectEvents, {agency, page.place.sequence, kScan}, [&](const db::Row& row) {
        if (full) return;
        const int type = static_cast<int>(row.Int(2));
        const bool wanted = std::ranges::find(types, type) != types.end();
        if (wanted && static_cast<int>(page.entries.size()) == limit) {
          full = true;
          return;
        }
        page.place = {.sequence = row.Int(0), .created_us = row.Int(3)};
        if (!wanted) return;
        Entry entry{
            .place = page.place, .type = type, .family = std::string(row.Bytes(1)), .envelope = {}};
        auto envelope = outbox_.Open(agency, {.family = entry.family,
                                              .type = type,
                                              .created_us = entry.place.created_us,
                                              .envelope = std::string(row.Bytes(4))});
        if (envelope.ok()) entry.envelope = *std::move(envelope);
        page.entries.push_back(std::move(entry));
      }));
  page.more = full || seen == kScan;
  return page;
}

}  // namespace rapport::records
