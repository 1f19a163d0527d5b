#include "bench/seed_ratings.h"

#include "alliance/alliance_store.h"
#include "alliance/rating_rules.h"
#include "platform/audit/audit_chain.h"
#include "platform/base/clock.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/migrations.h"
#include "platform/crypto/public_ids.h"
#include "platform/db/migrate.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "platform/records/migrations.h"
#include "platform/records/outbox.h"
#include "platform/records/records.h"
#include "platform/schema/names.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"

#include <google/protobuf/empty.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/internal/v1/event.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace rapport::bench {
namespace {

using alliance::Person;
using alliance::Target;

constexpr std::int64_t kHourMicros = 3'600'000'000, kWeekMicros = 7 * 24 * kHourMicros;
constexpr char kInstrument[] = "instruments/pulse-adult.1";
constexpr int kSteps = 70;  // of the answers, about two thirds up the scale

// The parts of alliance's process that write, in a program of its own.
struct Store {
  static absl::StatusOr<std::unique_ptr<Store>> Open(const RatingsOptions& options);

  SystemClock clock;
  std::unique_ptr<crypto::SuiteSecret> suite;
  std::optional<crypto::PublicIds> public_ids;
  std::optional<schema::PublicIdCodec> ids;
  std::unique_ptr<db::SqliteDb> keys_db, db;
  std::unique_ptr<crypto::SqlKeyRing> keys;
  std::optional<audit::AuditChain> chain;
  std::optional<records::Outbox> outbox;
  std::optional<records::Records> records;
  std::optional<alliance::InstrumentShelf> shelf;
};

absl::StatusOr<std::unique_ptr<db::SqliteDb>> OpenDb(db::SqliteDb::Options options,
                                                     const db::MigrationSet& tables) {
  options.synchronous = "OFF";  // a run that dies is seeded again
  ASSIGN_OR_RETURN(auto db, db::SqliteDb::Open(std::move(options)));
  RETURN_IF_ERROR(db::Migrate(*db, {&tables, 1}, RealMicros()).status());
  return db;
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const RatingsOptions& options) {
  auto store = std::make_unique<Store>();
  ASSIGN_OR_RETURN(store->suite, crypto::SuiteSecret::Load(options.suite_secret));
  store->public_ids.emplace(*store->suite);
  store->ids.emplace(*store->public_ids);
  ASSIGN_OR_RETURN(store->keys_db, OpenDb({.path = options.keys_database}, crypto::Migrations()));
  ASSIGN_OR_RETURN(auto wrapping,
                   crypto::KeyWrapping::Load("alliance", options.key_encryption_key));
  store->keys =
      std::make_unique<crypto::SqlKeyRing>(std::move(wrapping), *store->keys_db, store->clock);
  store->chain.emplace(*store->suite, "alliance");
  ASSIGN_OR_RETURN(store->db, OpenDb({.path = options.database, .participant = &*store->chain},
                                     records::Migrations()));
  store->outbox.emplace("alliance", *store->suite);
  store->records.emplace(
      records::Records::Options{
          .service = "alliance", .suite = store->suite.get(), .outbox = &*store->outbox},
      *store->db, *store->keys, *store->chain);
  ASSIGN_OR_RETURN(store->shelf, alliance::InstrumentShelf::Load());
  return store;
}

// One family's people, by inner ids.
struct People {
  std::string family, professional;
  std::vector<std::string> members;
};

absl::StatusOr<People> Read(const schema::Names& names, const Population::Family& family) {
  const absl::Status wrong = absl::InvalidArgumentError("a name is none of this installation's");
  People people;
  const auto id = names.ReadFamily(family.name);
  const auto professional = names.ReadProfessional(family.professional);
  if (!id || !professional) return wrong;
  people.family = *id;
  people.professional = *professional;
  for (const std::string& name : family.members) {
    const auto member = names.ReadMember(name);
    if (!member) return wrong;
    people.members.push_back(member->id);
  }
  return people;
}

alliance::StoredSession Held(const People& people, std::int64_t started_us) {
  alliance::StoredSession session;
  session.record = alliance::NewRecord(alliance::kSession, people.family, started_us);
  session.record.sort_us = started_us;
  internal::v1::SessionHeld& held = *session.message.mutable_held();
  held.set_session(session.record.id);
  held.set_format(notes::v1::SESSION_FORMAT_WHOLE_FAMILY);
  held.set_started_us(started_us);
  held.set_ended_us(started_us + kHourMicros);
  session.message.set_version(1);
  const auto attend = [&](const std::string& person, bool professional) {
    auto& attendee = *held.add_attendees();
    attendee.set_person(person);
    attendee.set_professional(professional);
    attendee.set_presence(notes::v1::PRESENCE_PRESENT);
  };
  for (const std::string& member : people.members) attend(member, false);
  attend(people.professional, true);
  session.record = records::With(session.record, session.message);
  return session;
}

// A rating as SubmitRating records it.
void Rate(const Store& store, const schema::Names& names, const People& people,
          const alliance::StoredSession& session, const std::string& member,
          records::Changes& changes) {
  const alliance::v1::Instrument& instrument = *store.shelf->Find(kInstrument);
  alliance::v1::Rating rating;
  rating.set_rater(names.Member(people.family, member));
  rating.set_session(names.Session(people.family, session.record.id));
  rating.set_instrument(instrument.name());
  rating.set_mode(alliance::v1::RATING_MODE_OWN_DEVICE);
  auto &about = *rating.add_parts(), &once = *rating.add_parts();
  about.set_target(names.Professional(people.professional));
  once.set_target(names.Family(people.family));
  for (const auto& item : instrument.items()) {
    auto& answer =
        item.asked() == alliance::v1::ASKED_ONCE ? *once.add_answers() : *about.add_answers();
    answer.set_item(item.number());
    answer.set_steps(kSteps);
  }
  const AccessFacts facts;
  const std::int64_t at_us = session.message.held().ended_us();
  const alliance::RatingCase rated{.instrument = instrument,
                                   .session = session.message.held(),
                                   .facts = facts,
                                   .rater = {member, false},
                                   .now_us = at_us};
  Score(rated,
        {Target{Target::Kind::kProfessional, people.professional},
         Target{Target::Kind::kFamily, people.family}},
        false, &rating);
  records::Record record = alliance::NewRecord(alliance::kRating, people.family, at_us);
  record.parent = session.record.id;
  record.sort_us = session.record.sort_us;
  rating.set_name(names.Rating(people.family, record.id));
  *rating.mutable_session_time() = schema::ToTimestamp(session.record.sort_us);
  *rating.mutable_create_time() = schema::ToTimestamp(at_us);
  record = records::With(record, rating);
  changes.Create(record);
  changes.Claim(alliance::kRatingClaim,
                alliance::RatingKey(session.record.id, member, instrument.name()), record);
  changes.Audit("rating.record", record, {member});
  changes.Emit({.type = internal::v1::EVENT_TYPE_RATING_RECORDED,
                .family = people.family,
                .resource = rating.name(),
                .version = 1,
                .body = {}});
}

absl::Status SeedFamily(const RatingsOptions& options, Store& store, Population::Family& family) {
  const schema::Names names(*store.ids, options.agency);
  ASSIGN_OR_RETURN(const People people, Read(names, family));
  CallContext context;
  context.method = "rapport.alliance.v1.AllianceService/BatchSubmitRatings";
  context.principal = std::make_shared<const Principal>(
      Principal{.agency = options.agency, .subject = "clinician"});
  context.access.viewer = Viewer::kCareTeam;
  context.access.family = people.family;
  context.deadline = SteadyClock::now() + std::chrono::minutes(2);
  const std::int64_t now_us = RealMicros();
  records::Changes changes(context, now_us);
  const int sessions = options.rated_sessions + options.unrated_sessions;
  for (int i = 0; i < sessions; ++i) {
    // The rated ones week by week up to last week, the others today.
    const int weeks = std::max(options.rated_sessions - i, 0);
    const auto session = Held(people, now_us - weeks * kWeekMicros - (2 + i % 10) * kHourMicros);
    changes.Create(session.record);
    changes.Audit("session.held", session.record);
    if (i >= options.rated_sessions) {
      const std::string name = names.Session(people.family, session.record.id);
      family.unrated_sessions.push_back(name);
      // By its own name another system may refer to it too: an import does.
      changes.Claim(alliance::SessionClaim("bench"), name, session.record);
      continue;
    }
    for (const std::string& member : people.members) {
      Rate(store, names, people, session, member, changes);
    }
  }
  const google::protobuf::Empty no_answer;
  return RunSync(store.records->Commit(context, std::move(changes), no_answer)).status();
}

absl::Status MarkDelivered(const RatingsOptions& options, Store& store) {
  return db::RunSync(
      *store.db,
      [&](db::Tx& tx) -> absl::Status {
        std::int64_t last = 0;
        RETURN_IF_ERROR(tx.Run("SELECT outbox_sequence FROM audit_head WHERE agency_id = $1",
                               {options.agency}, [&](const db::Row& row) { last = row.Int(0); })
                            .status());
        if (last == 0) return absl::OkStatus();
        return tx
            .Run(
                "INSERT INTO delivery (agency_id, destination, sequence, revision)"
                " VALUES ($1, $2, $3, $4)",
                {options.agency, "self", last, 1})
            .status();
      },
      /*write=*/true);
}

}  // namespace

absl::Status SeedRatings(const RatingsOptions& options, Population& population) {
  ASSIGN_OR_RETURN(const auto store, Store::Open(options));
  // Two at a time: while one waits for its commit the other seals.
  absl::Status results[2];
  std::thread threads[2];
  for (std::size_t t = 0; t < 2; ++t) {
    threads[t] = std::thread([&, t] {
      for (std::size_t i = t; i < population.families.size() && results[t].ok(); i += 2) {
        results[t] = SeedFamily(options, *store, population.families[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) RETURN_IF_ERROR(result);
  return MarkDelivered(options, *store);
}

}  // namespace rapport::bench
