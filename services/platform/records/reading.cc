// The reading half of Records: statements, rows, and opening what they hold.
#include "platform/base/status_macros.h"
#include "platform/records/records_impl.h"
#include "platform/records/sealing.h"
#include "platform/records/tables.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace rapport::records {
namespace {

using db::Blob;

constexpr char kSelectRevision[] =
    "SELECT revision FROM family_revision WHERE agency_id = $1 AND family_id = $2";
constexpr char kSelectSequence[] = "SELECT audit_sequence FROM audit_head WHERE agency_id = $1";
constexpr char kSelectClaim[] =
    "SELECT family_id, id FROM claim WHERE agency_id = $1 AND value_hmac = $2";

Record ReadRow(const db::Row& row) {
  return {.kind = static_cast<int>(row.Int(0)),
          .family = std::string(row.Bytes(1)),
          .id = std::string(row.Bytes(2)),
          .parent = std::string(row.Bytes(3)),
          .state = row.Int(4),
          .sort_us = row.Int(5),
          .version = row.Int(6),
          .created_us = row.Int(7),
          .updated_us = row.Int(8),
          .payload = std::string(row.Bytes(9))};
}

// A place in the order of a list. The empty id is before every id of the same time.
struct Place {
  std::int64_t us;
  std::string_view id;
};

struct Bounds {
  Place above, below;  // both exclusive
  explicit Bounds(const ListQuery& query) : above{query.from_us, {}}, below{query.to_us, {}} {
    if (query.after_id.empty()) return;
    const Place after{query.after_us, query.after_id};
    if (query.newest_first ? query.after_us < query.to_us : query.after_us >= query.from_us) {
      (query.newest_first ? below : above) = after;
    }
  }
};

using OnRow = db::Tx::OnRow;

absl::Status ListInFamily(db::Tx& tx, std::string_view agency, const ListQuery& query,
                          const Table& table, OnRow on_row) {
  const Bounds bounds(query);
  return tx
      .Run(query.newest_first ? table.list_newest : table.list,
           {agency, query.kind, Blob{query.family}, bounds.above.us, Blob{bounds.above.id},
            bounds.below.us, Blob{bounds.below.id}, !query.parent.empty(), Blob{query.parent},
            query.state.has_value(), query.state.value_or(0), query.limit},
           on_row)
      .status();
}

absl::Status ListInState(db::Tx& tx, std::string_view agency, const ListQuery& query,
                         std::int64_t state, OnRow on_row) {
  const Bounds bounds(query);
  return tx
      .Run(query.newest_first ? kListStateNewest : kListState,
           {agency, query.kind, state, bounds.above.us, Blob{bounds.above.id}, bounds.below.us,
            Blob{bounds.below.id}, !query.parent.empty(), Blob{query.parent}, query.limit},
           on_row)
      .status();
}

absl::StatusOr<std::vector<std::int64_t>> StatesOf(db::Tx& tx, std::string_view agency, int kind) {
  std::vector<std::int64_t> states;
  const auto keep = [&](const db::Row& row) { states.push_back(row.Int(0)); };
  ASSIGN_OR_RETURN(std::int64_t found, tx.Run(kFirstState, {agency, kind}, keep));
  while (found > 0) {
    ASSIGN_OR_RETURN(found, tx.Run(kNextState, {agency, kind, states.back()}, keep));
  }
  return states;
}

// Without a state the index gives one ordered run for each; they are few.
absl::Status ListInAnyState(db::Tx& tx, std::string_view agency, const ListQuery& query,
                            std::vector<Record>& records) {
  std::vector<std::int64_t> states = query.states;
  if (states.empty()) {
    ASSIGN_OR_RETURN(states, StatesOf(tx, agency, query.kind));
  }
  for (const std::int64_t state : states) {
    RETURN_IF_ERROR(ListInState(tx, agency, query, state,
                                [&](const db::Row& row) { records.push_back(ReadRow(row)); }));
  }
  const auto order = [](const Record& record) { return std::tie(record.sort_us, record.id); };
  if (query.newest_first) {
    std::ranges::sort(records, std::ranges::greater(), order);
  } else {
    std::ranges::sort(records, std::ranges::less(), order);
  }
  if (records.size() > static_cast<std::size_t>(query.limit)) {
    records.resize(static_cast<std::size_t>(query.limit));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Record>> ListSealed(db::Tx& tx, std::string_view agency,
                                               const ListQuery& query, crypto::KeyClass key_class) {
  std::vector<Record> records;
  const auto keep = [&](const db::Row& row) { records.push_back(ReadRow(row)); };
  if (!query.family.empty()) {
    RETURN_IF_ERROR(ListInFamily(tx, agency, query, TableOf(key_class), keep));
  } else if (key_class != crypto::KeyClass::kRecord) {
    return absl::InternalError("what is kept apart has no list of the whole agency");
  } else if (query.state) {
    RETURN_IF_ERROR(ListInState(tx, agency, query, *query.state, keep));
  } else {
    RETURN_IF_ERROR(ListInAnyState(tx, agency, query, records));
  }
  return records;
}

// Opens payloads; neighbours are mostly of one family, whose key is asked for once.
class Opener {
 public:
  Opener(crypto::KeyRing& keys, std::string_view service, std::string_view agency)
      : keys_(keys), service_(service), agency_(agency) {}

  absl::Status Open(Record& record, crypto::KeyClass key_class) {
    if (!sealer_ || record.family != family_ || key_class != key_class_) {
      sealer_.reset();
      ASSIGN_OR_RETURN(sealer_, keys_.Find(agency_, record.family, key_class));
      family_ = record.family;
      key_class_ = key_class;
    }
    ASSIGN_OR_RETURN(record.payload,
                     sealer_->Open(PayloadIdentity(service_, agency_, record.family, record.kind,
                                                   record.id, record.version),
                                   record.payload));
    return absl::OkStatus();
  }

 private:
  crypto::KeyRing& keys_;
  const std::string_view service_, agency_;
  std::shared_ptr<const crypto::Sealer> sealer_;
  std::string family_;
  crypto::KeyClass key_class_ = crypto::KeyClass::kRecord;
};

}  // namespace

absl::StatusOr<std::vector<Record>> Records::OpenAll(std::string_view agency,
                                                     std::vector<Record> sealed) const {
  Opener opener(impl_->keys, impl_->options.service, agency);
  std::vector<Record> open;
  open.reserve(sealed.size());
  for (Record& record : sealed) {
    const absl::Status status = opener.Open(record, impl_->ClassOf(record.kind));
    if (absl::IsNotFound(status)) continue;  // Erased: the key is gone, so the record is.
    RETURN_IF_ERROR(status);
    open.push_back(std::move(record));
  }
  return open;
}

absl::StatusOr<Record> Records::Get(db::Tx& tx, std::string_view agency, std::string_view family,
                                    int kind, std::string_view id) const {
  std::optional<Record> record;
  const char* const select = TableOf(impl_->ClassOf(kind)).select_one;
  RETURN_IF_ERROR(tx.Run(select, {agency, Blob{family}, kind, Blob{id}}, [&](const db::Row& row) {
                      record = ReadRow(row);
                    }).status());
  if (!record) return absl::NotFoundError("no such record");
  Opener opener(impl_->keys, impl_->options.service, agency);
  RETURN_IF_ERROR(opener.Open(*record, impl_->ClassOf(kind)));
  return *std::move(record);
}

absl::StatusOr<std::vector<Record>> Records::List(db::Tx& tx, std::string_view agency,
                                                  const ListQuery& query) const {
  ListQuery step = query;
  Record last;
  std::vector<Record> open;
  for (;;) {
    ASSIGN_OR_RETURN(auto records, ListSealed(tx, agency, step, impl_->ClassOf(query.kind)));
    const bool at_end = std::ssize(records) < step.limit;
    if (!records.empty()) last = records.back();
    ASSIGN_OR_RETURN(auto opened, OpenAll(agency, std::move(records)));
    std::ranges::move(opened, std::back_inserter(open));
    step.limit = query.limit - static_cast<int>(open.size());
    if (at_end || step.limit == 0) return open;
    step.after_us = last.sort_us;
    step.after_id = last.id;
  }
}

absl::StatusOr<std::vector<Record>> Records::Family(db::Tx& tx, std::string_view agency,
                                                    std::string_view family, int first_kind,
                                                    int last_kind) const {
  std::vector<Record> records;
  RETURN_IF_ERROR(
      tx.Run(kSelectFamily, {agency, Blob{family}, first_kind, last_kind}, [&](const db::Row& row) {
          records.push_back(ReadRow(row));
        }).status());
  std::ranges::sort(records, {}, [](const Record& record) {
    return std::tie(record.kind, record.sort_us, record.id);
  });
  return OpenAll(agency, std::move(records));
}

absl::StatusOr<std::vector<Record>> Records::History(db::Tx& tx, std::string_view agency,
                                                     std::string_view family, int kind,
                                                     std::string_view id) const {
  std::vector<Record> records;
  RETURN_IF_ERROR(
      tx.Run(kSelectHistory, {agency, Blob{family}, kind, Blob{id}}, [&](const db::Row& row) {
          records.push_back(ReadRow(row));
        }).status());
  return OpenAll(agency, std::move(records));
}

absl::StatusOr<std::int64_t> Records::Revision(db::Tx& tx, std::string_view agency,
                                               std::string_view family) const {
  std::int64_t revision = 0;
  RETURN_IF_ERROR(tx.Run(kSelectRevision, {agency, Blob{family}}, [&](const db::Row& row) {
                      revision = row.Int(0);
                    }).status());
  return revision;
}

absl::StatusOr<std::int64_t> Records::Sequence(db::Tx& tx, std::string_view agency) const {
  std::int64_t sequence = 0;
  RETURN_IF_ERROR(tx.Run(kSelectSequence, {agency}, [&](const db::Row& row) {
                      sequence = row.Int(0);
                    }).status());
  return sequence;
}

absl::StatusOr<std::optional<std::string>> Records::FindClaim(db::Tx& tx, std::string_view agency,
                                                              std::string_view index,
                                                              std::string_view value) const {
  ASSIGN_OR_RETURN(auto owner, FindOwner(tx, agency, index, value));
  if (!owner) return std::nullopt;
  return std::move(owner->id);
}

absl::StatusOr<std::optional<ClaimOwner>> Records::FindOwner(db::Tx& tx, std::string_view agency,
                                                             std::string_view index,
                                                             std::string_view value) const {
  const std::string hmac = ClaimHmac(impl_->index_keys, agency, index, value);
  std::optional<ClaimOwner> owner;
  RETURN_IF_ERROR(tx.Run(kSelectClaim, {agency, Blob{hmac}}, [&](const db::Row& row) {
                      owner = ClaimOwner{std::string(row.Bytes(0)), std::string(row.Bytes(1))};
                    }).status());
  return owner;
}

}  // namespace rapport::records
