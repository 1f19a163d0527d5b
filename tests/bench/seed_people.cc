#include "bench/seed_people.h"

#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <rapport/intake/v1/intake_service.grpc.pb.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rapport::bench {
namespace {

using intake::v1::IntakeService;

constexpr std::int64_t kYearMicros = 365ll * 86'400'000'000;
constexpr int kMembers = 4;
constexpr int kFamiliesPerCall = 50;

class Seeder {
 public:
  Seeder(const PeopleOptions& options, int worker) : options_(options), worker_(worker) {
    std::ifstream in(options.authority_file);
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = {std::istreambuf_iterator<char>(in), {}};
    stub_ = IntakeService::NewStub(grpc::CreateChannel(options.intake, grpc::SslCredentials(tls)));
  }

  absl::StatusOr<std::string> Professional(const std::string& account);
  absl::Status Supervise(const std::string& supervisor, const std::string& supervisee);
  absl::Status Families(int from, int to, Population& population);
  absl::Status Rename(const std::string& family, int times);

 private:
  // Makes one call. Every request of this file has a request id.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (IntakeService::Stub::*method)(grpc::ClientContext*,
                                                                            const Request&,
                                                                            Response*),
                                Request request) {
    request.set_request_id(fmt::format("5eed{:04x}-0000-4000-8000-{:012x}", worker_, ++requests_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    context.set_wait_for_ready(true);
    context.AddMetadata("authorization", options_.token);
    Response response;
    const grpc::Status status = (*stub_.*method)(&context, request, &response);
    if (status.ok()) return response;
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        Absl(status.error_message()));
  }

  const PeopleOptions& options_;
  const int worker_;  // no two of them have the same request ids
  std::unique_ptr<IntakeService::Stub> stub_;
  std::int64_t requests_ = 0;
};

void SetId(std::string value, type::v1::ExternalId* id) {
  id->set_system("bench");
  id->set_value(std::move(value));
}

absl::StatusOr<std::string> Seeder::Professional(const std::string& account) {
  intake::v1::CreateProfessionalRequest create;
  create.mutable_professional()->set_display_name("Bench " + account);
  create.mutable_professional()->set_kind(intake::v1::PROFESSIONAL_KIND_STAFF);
  SetId(account, create.mutable_professional()->add_external_ids());
  ASSIGN_OR_RETURN(const auto created, Call(&IntakeService::Stub::CreateProfessional, create));
  intake::v1::LinkAccountRequest link;
  link.set_resource(created.professional().name());
  link.set_subject(account);
  RETURN_IF_ERROR(Call(&IntakeService::Stub::LinkAccount, link).status());
  return created.professional().name();
}

absl::Status Seeder::Supervise(const std::string& supervisor, const std::string& supervisee) {
  intake::v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(supervisor);
  assign.mutable_supervision()->set_supervisee(supervisee);
  return Call(&IntakeService::Stub::AssignSupervisor, assign).status();
}

absl::Status Seeder::Families(int from, int to, Population& population) {
  const std::int64_t now_us = RealMicros();
  intake::v1::BatchImportFamiliesRequest import;
  import.mutable_attestation()->set_attested_by("Bench, nobody");
  *import.mutable_attestation()->mutable_attest_time() = schema::ToTimestamp(now_us - kYearMicros);
  import.mutable_attestation()->set_statement("Made up for a measurement.");
  import.mutable_attestation()->add_consents(intake::v1::CONSENT_PURPOSE_RATINGS);
  for (int i = from; i < to; ++i) {
    intake::v1::FamilyImport& family = *import.add_families();
    SetId(fmt::format("family-{}", i), family.mutable_external_id());
    family.set_display_name(fmt::format("Bench family {}", i));
    *family.mutable_open_time() = schema::ToTimestamp(now_us - 2 * kYearMicros);
    SetId(fmt::format("clinician-{}", i % options_.clinicians), family.mutable_therapist());
    for (int m = 0; m < kMembers; ++m) {
      intake::v1::MemberImport& member = *family.add_members();
      SetId(fmt::format("member-{}", m), member.mutable_external_id());
      member.set_display_name(fmt::format("Bench member {}", m));
      member.set_role(intake::v1::MEMBER_ROLE_PARENT);
      member.set_involvement(intake::v1::INVOLVEMENT_DIRECT);
    }
  }
  ASSIGN_OR_RETURN(const auto imported, Call(&IntakeService::Stub::BatchImportFamilies, import));
  for (int i = from; i < to; ++i) {
    const auto& outcome = imported.outcomes(i - from);
    if (outcome.status() != intake::v1::IMPORT_STATUS_CREATED) {
      return absl::InternalError(Absl("a row was not imported: " + outcome.ShortDebugString()));
    }
    population.families.push_back(
        {.name = outcome.family(),
         .clinician = i % options_.clinicians,
         .professional = {},
         .members = {outcome.members().begin(), outcome.members().end()}});
  }
  return absl::OkStatus();
}

// So often that it has as many earlier versions.
absl::Status Seeder::Rename(const std::string& family, int times) {
  intake::v1::UpdateFamilyRequest update;
  update.mutable_family()->set_name(family);
  update.mutable_update_mask()->add_paths("display_name");
  for (int i = 0; i < times; ++i) {
    if (i == 0) {
      intake::v1::GetFamilyRequest get;
      get.set_name(family);
      grpc::ClientContext context;
      context.AddMetadata("authorization", options_.token);
      intake::v1::GetFamilyResponse found;
      const grpc::Status status = stub_->GetFamily(&context, get, &found);
      if (!status.ok()) return absl::InternalError(Absl(status.error_message()));
      update.set_etag(found.family().etag());
    }
    update.mutable_family()->set_display_name(fmt::format("Bench family, name {}", i + 1));
    ASSIGN_OR_RETURN(const auto updated, Call(&IntakeService::Stub::UpdateFamily, update));
    update.set_etag(updated.family().etag());
  }
  return absl::OkStatus();
}

// `each(seeder, i)` for every i below `count`, several at a time: what they write is committed
// together. The first failure.
template <typename Each>
absl::Status ForAll(const PeopleOptions& options, int count, Each each) {
  constexpr int kWorkers = 24;
  static std::atomic<int> worker = 1;
  std::atomic<int> next = 0;
  std::mutex mutex;
  absl::Status failure;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < std::min(kWorkers, count); ++t) {
      threads.emplace_back([&] {
        Seeder seeder(options, worker++);
        for (int i = next++; i < count; i = next++) {
          const absl::Status status = each(seeder, i);
          if (status.ok()) continue;
          std::lock_guard lock(mutex);
          failure.Update(status);
          next = count;
        }
      });
    }
  }
  return failure;
}

}  // namespace

absl::StatusOr<Population> SeedPeople(const PeopleOptions& options) {
  std::vector<std::string> clinicians(static_cast<std::size_t>(options.clinicians));
  RETURN_IF_ERROR(ForAll(options, options.clinicians, [&](Seeder& seeder, int i) -> absl::Status {
    ASSIGN_OR_RETURN(clinicians[static_cast<std::size_t>(i)],
                     seeder.Professional(fmt::format("clinician-{}", i)));
    return absl::OkStatus();
  }));
  Seeder seeder(options, 0);
  for (int i = 0; i < options.supervisors; ++i) {
    ASSIGN_OR_RETURN(const std::string name, seeder.Professional(fmt::format("supervisor-{}", i)));
    for (const std::string& clinician : clinicians) {
      RETURN_IF_ERROR(seeder.Supervise(name, clinician));
    }
  }
  Population population;
  for (int from = 0; from < options.families; from += kFamiliesPerCall) {
    RETURN_IF_ERROR(
        seeder.Families(from, std::min(from + kFamiliesPerCall, options.families), population));
  }
  for (Population::Family& family : population.families) {
    family.professional = clinicians[static_cast<std::size_t>(family.clinician)];
  }
  RETURN_IF_ERROR(
      ForAll(options, options.renames > 0 ? options.families : 0, [&](Seeder& each, int i) {
        return each.Rename(population.families[static_cast<std::size_t>(i)].name, options.renames);
      }));
  return population;
}

}  // namespace rapport::bench
