// Every limit of the platform, with its reason. A limit of one service stands in that service.
#pragma once

#include <chrono>
#include <cstddef>

namespace rapport::limits {

// gRPC's own metadata limit is 8 KiB in all; a token needs room beside it.
inline constexpr std::size_t kTokenBytes = 4'096;
// All metadata of a call together; the transport refuses more.
inline constexpr std::size_t kMetadataBytes = 8'192;
// Above about 7 KB of details this gRPC loses the whole error (transport.md, style.md 2.2).
inline constexpr std::size_t kErrorDetailBytes = 4'096;
// An error's text travels twice, in a header and in the details.
inline constexpr std::size_t kErrorMessageBytes = 1'024;
// Calls in flight a process; above it UNAVAILABLE with pushback. Streams are counted apart.
inline constexpr int kCallsInFlight = 4'096;
inline constexpr int kStreams = 10'000;
// What a client has beyond it waits with the client and expires there: the only queue before the
// processors that costs nothing here (DECISIONS.md, 47). Watchers of one client share it too.
inline constexpr int kStreamsPerConnection = 128;
// A request that says no other limit. The transport refuses more than kMessageBytes before it.
inline constexpr std::size_t kRequestBytes = 1u << 20;
inline constexpr std::size_t kMessageBytes = 4u << 20;
// api.md: lists.
inline constexpr int kDefaultPage = 50;
inline constexpr int kMaxPage = 1'000;
// Access facts: api.md "Access". The stale limit holds only while intake can't be reached.
inline constexpr std::chrono::seconds kFactsFresh{5};
inline constexpr std::chrono::seconds kFactsStale{60};
// One disclosure row covers repeats for this long; it states its window.
inline constexpr std::chrono::minutes kDisclosureWindow{10};
// How long a stored answer is replayed (api.md "idempotency").
inline constexpr std::chrono::hours kAnswersKept{24};
// How long events stay in the outbox, which is the feed of changes, once all were told.
inline constexpr std::chrono::hours kEventsKept{24 * 30};
// A Redis reply that is later closes the connection.
inline constexpr std::chrono::milliseconds kRedisReply{50};
// Connecting to Redis and greeting it. Nobody waits for it: until it is done every read is a miss.
inline constexpr std::chrono::milliseconds kRedisGreeting{1'000};
// Commands to Redis that are queued or under way, and their bytes; one more is a miss.
inline constexpr std::size_t kRedisCommands = 16'384;
inline constexpr std::size_t kRedisBytes = 32u << 20;
// Fences that Redis has not confirmed and that are repeated when it is back.
inline constexpr std::size_t kRedisFencesOwed = 10'000;
// For how long a process gives a copy that other processes may change (cache/coherence.h).
inline constexpr std::chrono::milliseconds kCoherentAge{5'000};
// A longer value is not cached; a longer reply closes the connection.
inline constexpr std::size_t kCacheValueBytes = 256u << 10;
// One load for all who wait for the entity, whatever their own deadlines are.
inline constexpr std::chrono::seconds kCacheLoad{10};

}  // namespace rapport::limits
