#include "alliance/signal_figures.h"

#include "alliance/alliance_store.h"
#include "alliance/signals/parameter_fit.h"
#include "platform/base/status_macros.h"

#include <google/protobuf/message.h>

#include <array>
#include <charconv>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::string_view kId = "the-figures-----";

double TwoDigits(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::scientific, /*precision=*/1);
  std::from_chars(text.data(), end.ptr, value);
  return value;
}

// Every number with a fraction in it, and in what it holds.
void RoundAll(google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->is_repeated()) continue;
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) {
      reflection->SetDouble(&message, field, TwoDigits(reflection->GetDouble(message, field)));
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      RoundAll(*reflection->MutableMessage(&message, field));
    }
  }
}

// Kept with two digits each, they add up to 1 only nearly.
void SetNoise(const v1::NoiseShares& noise, MonitorParameters& parameters) {
  const double all = noise.steady() + noise.usual() + noise.noisy();
  parameters.noise_shares = {noise.steady() / all, noise.usual() / all, noise.noisy() / all};
}

}  // namespace

void Round(v1::SignalFigures& figures) { RoundAll(figures); }

v1::SignalFigures FiguresOf(const MonitorParameters& parameters) {
  const LevelParameters& level = parameters.level;
  v1::SignalFigures figures;
  figures.set_version(parameters.version);
  figures.set_family_sd(level.family_sd);
  figures.set_rater_sd(level.rater_sd);
  figures.set_part_sd(level.part_sd);
  figures.set_day_sd(level.day_sd);
  figures.set_family_day_sd(level.family_day_sd);
  figures.set_movement_sd(level.movement_sd);
  const IsolationParameters& isolation = parameters.isolation;
  v1::SignRates& rates = *figures.mutable_sign_rates();
  rates.set_absent(isolation.absent_quiet);
  rates.set_unrated(isolation.unrated_quiet);
  rates.set_unnoted(isolation.unnoted_quiet);
  rates.set_withdrawn(isolation.withdrawn_quiet);
  rates.set_no_work(isolation.no_work_quiet);
  v1::NoiseShares& noise = *figures.mutable_noise_shares();
  noise.set_steady(parameters.noise_shares[0]);
  noise.set_usual(parameters.noise_shares[1]);
  noise.set_noisy(parameters.noise_shares[2]);
  const RaisingParameters& raises = parameters.decision.raises;
  v1::RaisedFrom& from = *figures.mutable_raised_from();
  from.set_rupture(raises.rupture);
  from.set_split(raises.split);
  from.set_helper_split(raises.helper_split);
  from.set_isolation(raises.isolation);
  return figures;
}

MonitorParameters ParametersOf(const v1::SignalFigures& figures) {
  MonitorParameters parameters;
  parameters.version = figures.version();
  parameters.level.family_sd = figures.family_sd();
  parameters.level.rater_sd = figures.rater_sd();
  parameters.level.part_sd = figures.part_sd();
  parameters.level.day_sd = figures.day_sd();
  parameters.level.family_day_sd = figures.family_day_sd();
  if (figures.has_movement_sd()) parameters.level.movement_sd = figures.movement_sd();
  if (figures.has_noise_shares()) SetNoise(figures.noise_shares(), parameters);
  if (figures.has_raised_from()) {
    const v1::RaisedFrom& from = figures.raised_from();
    RaisingParameters& raises = parameters.decision.raises;
    raises.rupture = from.rupture();
    raises.split = from.split();
    raises.helper_split = from.helper_split();
    raises.isolation = from.isolation();
  }
  if (!figures.has_sign_rates()) return parameters;
  const v1::SignRates& rates = figures.sign_rates();
  IsolationParameters& isolation = parameters.isolation;
  SetRate(rates.absent(), isolation.absent_quiet, isolation.absent_isolated);
  SetRate(rates.unrated(), isolation.unrated_quiet, isolation.unrated_isolated);
  SetRate(rates.unnoted(), isolation.unnoted_quiet, isolation.unnoted_isolated);
  SetRate(rates.withdrawn(), isolation.withdrawn_quiet, isolation.withdrawn_isolated);
  SetRate(rates.no_work(), isolation.no_work_quiet, isolation.no_work_isolated);
  return parameters;
}

absl::StatusOr<std::optional<StoredFigures>> FindFigures(db::Tx& tx,
                                                         const records::Records& records,
                                                         std::string_view agency) {
  auto record = records.Get(tx, agency, "", kFigures, kId);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(auto figures, records::Parse<v1::SignalFigures>(*std::move(record)));
  return figures;
}

absl::StatusOr<std::optional<v1::SignalFigures>> FiguresAt(db::Tx& tx,
                                                           const records::Records& records,
                                                           std::string_view agency,
                                                           std::int64_t at_us) {
  ASSIGN_OR_RETURN(auto newest, FindFigures(tx, records, agency));
  if (!newest) return std::nullopt;
  if (newest->record.updated_us <= at_us) return std::move(newest->message);
  ASSIGN_OR_RETURN(auto history, records.History(tx, agency, "", kFigures, kId));
  std::optional<v1::SignalFigures> then;
  for (records::Record& record : history) {
    if (record.updated_us > at_us) break;
    ASSIGN_OR_RETURN(auto one, records::Parse<v1::SignalFigures>(std::move(record)));
    then = std::move(one.message);
  }
  return then;
}

absl::StatusOr<std::vector<v1::SignalFigures>> FigureVersions(db::Tx& tx,
                                                              const records::Records& records,
                                                              std::string_view agency) {
  std::vector<v1::SignalFigures> versions;
  ASSIGN_OR_RETURN(auto newest, FindFigures(tx, records, agency));
  if (!newest) return versions;
  ASSIGN_OR_RETURN(auto history, records.History(tx, agency, "", kFigures, kId));
  for (records::Record& record : history) {
    ASSIGN_OR_RETURN(auto one, records::Parse<v1::SignalFigures>(std::move(record)));
    versions.push_back(std::move(one.message));
  }
  versions.push_back(std::move(newest->message));
  return versions;
}

void WriteFigures(const std::optional<StoredFigures>& before, const v1::SignalFigures& after,
                  std::int64_t now_us, records::Changes& changes) {
  records::Record record = before ? before->record : NewRecord(kFigures, "", now_us);
  record.id = kId;
  record = records::With(record, after);
  if (before) {
    changes.Update(before->record, record);
  } else {
    changes.Create(record);
  }
  changes.Audit("signal_figures.fit", record);
}

}  // namespace rapport::alliance
