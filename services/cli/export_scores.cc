// Scores as CSV, under the ids that the ratings came with.
#include "cli/files.h"
#include "cli/people.h"
#include "cli/transfer.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/roster.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

namespace rapport::cli {
namespace {

constexpr std::string_view kIntake = "rapport.intake.v1.IntakeService/";
constexpr std::string_view kNotes = "rapport.notes.v1.SessionNotesService/";
constexpr std::string_view kAlliance = "rapport.alliance.v1.AllianceService/";
constexpr int kPageSize = 1000;
constexpr double kTolerance = 1e-9;

// Every page of a list; `take` gets each response.
template <typename Response, typename Request, typename Take>
absl::Status EachPage(Client& client, const Caller& caller, const std::string& method,
                      Request request, const Take& take) {
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(const Response response, client.Call<Response>(caller, method, request));
    take(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// The value in `system`; empty: none.
template <typename Ids>
std::string IdIn(const std::string& system, const Ids& ids) {
  for (const auto& id : ids) {
    if (id.system() == system) return id.value();
  }
  return {};
}

// Names of resources -> ids of the other system.
using Ids = std::map<std::string, std::string>;

absl::StatusOr<Ids> IdsOf(Client& client, const Caller& caller, const std::string& system) {
  Ids families, ids;
  RETURN_IF_ERROR(EachPage<intake::v1::ListFamiliesResponse>(
      client, caller, Concat({kIntake, "ListFamilies"}), intake::v1::ListFamiliesRequest(),
      [&](const intake::v1::ListFamiliesResponse& page) {
        for (const auto& family : page.families()) {
          std::string id = IdIn(system, family.external_ids());
          if (!id.empty()) families.emplace(family.name(), std::move(id));
        }
      }));
  for (const auto& [name, id] : families) {
    ids.emplace(name, id);
    intake::v1::GetRosterRequest ask;
    ask.set_name(name);
    ASSIGN_OR_RETURN(const auto roster, client.Call<intake::v1::GetRosterResponse>(
                                            caller, Concat({kIntake, "GetRoster"}), ask));
    for (const auto& member : roster.roster().members()) {
      ids.emplace(member.member(), IdIn(system, member.external_ids()));
    }
    notes::v1::ListSessionsRequest list;
    list.set_parent(name);
    RETURN_IF_ERROR(EachPage<notes::v1::ListSessionsResponse>(
        client, caller, Concat({kNotes, "ListSessions"}), list,
        [&](const notes::v1::ListSessionsResponse& page) {
          for (const auto& session : page.sessions()) {
            ids.emplace(session.name(), SessionOfKey(id, IdIn(system, session.external_ids())));
          }
        }));
  }
  return ids;
}

std::optional<double> NumberOf(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

// Sessions "2" before "10".
struct RowOrder {
  std::string family, member;
  double number;
  std::string session;
  auto operator<=>(const RowOrder&) const = default;
};

class ScoreTable {
 public:
  ScoreTable(const Ids& ids, const alliance::v1::Instrument& instrument)
      : ids_(ids), instrument_(instrument) {}

  void Add(const alliance::v1::Rating& rating) {
    if (rating.instrument() != instrument_.name()) return;
    RowOrder order{IdOf(FamilyIn(rating.name())), IdOf(rating.rater()), 0, IdOf(rating.session())};
    if (order.family.empty() || order.member.empty() || order.session.empty()) return;
    order.number = NumberOf(order.session).value_or(0);
    std::string line =
        Concat({CsvCell(order.family), ",", CsvCell(order.member), ",", CsvCell(order.session)});
    for (const auto& definition : instrument_.scores()) {
      line += ',';
      for (const auto& part : rating.parts()) {
        for (const auto& score : part.scores()) {
          if (score.code() == definition.code() && score.has_value()) {
            line += ShortestDouble(score.value());
          }
        }
      }
    }
    lines_[std::move(order)] = std::move(line);
  }

  std::string Text() const {
    std::string text = "family_id,member_id,session";
    for (const auto& definition : instrument_.scores()) text += "," + CsvCell(definition.code());
    text += "\n";
    for (const auto& [order, line] : lines_) text += line + "\n";
    return text;
  }
  std::size_t size() const { return lines_.size(); }

 private:
  std::string IdOf(const std::string& name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? std::string() : found->second;
  }

  const Ids& ids_;
  const alliance::v1::Instrument& instrument_;
  std::map<RowOrder, std::string> lines_;
};

bool SameCell(std::string_view expected, std::string_view actual) {
  if (expected == actual) return true;
  const auto a = NumberOf(expected), b = NumberOf(actual);
  return a && b && std::abs(*a - *b) <= kTolerance * std::max(1.0, std::abs(*a));
}

}  // namespace

absl::Status ExportScores(Client& client, const Caller& caller, const std::string& file,
                          const std::string& system, const std::string& instrument,
                          std::ostream& out) {
  alliance::v1::GetInstrumentRequest get;
  get.set_name(instrument);
  ASSIGN_OR_RETURN(const auto form, client.Call<alliance::v1::GetInstrumentResponse>(
                                        caller, Concat({kAlliance, "GetInstrument"}), get));
  ASSIGN_OR_RETURN(const Ids ids, IdsOf(client, caller, system));
  ScoreTable table(ids, form.instrument());
  alliance::v1::ListRatingsRequest list;
  list.set_parent("families/-");
  RETURN_IF_ERROR(EachPage<alliance::v1::ListRatingsResponse>(
      client, caller, Concat({kAlliance, "ListRatings"}), list,
      [&](const alliance::v1::ListRatingsResponse& page) {
        for (const auto& rating : page.ratings()) table.Add(rating);
      }));
  if (table.size() == 0) {
    return absl::NotFoundError(
        Absl(Concat({"no rating with ", instrument, " by a member with an id in ", system, ": ",
                     file, " is as it was"})));
  }
  RETURN_IF_ERROR(WriteFile(file, table.Text()));
  out << "  " << table.size() << " rows of scores in " << file << "\n";
  return absl::OkStatus();
}

absl::Status CompareCsv(const std::string& file, const std::string& expected, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string actual_text, ReadFile(file));
  ASSIGN_OR_RETURN(const std::string expected_text, ReadFile(expected));
  const Csv actual = ReadCsv(actual_text), wanted = ReadCsv(expected_text);
  RETURN_IF_ERROR(Whole(wanted));
  const auto differs = [&](int line, std::string_view what) {
    return absl::FailedPreconditionError(
        Absl(Concat({file, ":", std::to_string(line), ": ", what, " than in ", expected})));
  };
  if (actual.header != wanted.header) return differs(1, "other columns");
  const std::size_t rows = std::min(actual.rows.size(), wanted.rows.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const CsvRow &a = actual.rows[i], &w = wanted.rows[i];
    if (!std::equal(w.cells.begin(), w.cells.end(), a.cells.begin(), a.cells.end(), SameCell)) {
      return differs(a.line, "another value");
    }
  }
  if (actual.rows.size() != wanted.rows.size()) {
    return differs(static_cast<int>(rows) + 2, "more or fewer rows");
  }
  out << "  equal to " << expected << " within 1e-9: " << rows << " rows\n";
  return absl::OkStatus();
}

}  // namespace rapport::cli
