#include "support/postgres_server.h"

#include "support/eventually.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace rapport::support {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";

// Who the server runs as; null: as we do.
const passwd* ServerUser() {
  if (geteuid() != 0) return nullptr;
  const passwd* const user = getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("no user postgres (is PostgreSQL installed?)");
  return user;
}

// The server and its processes, each of which is a session of its own.
std::vector<pid_t> All(pid_t server) {
  std::vector<pid_t> all = {server};
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    // "pid (name) state parent ...", and a name may hold anything.
    const std::string stat = ReadText(entry.path() / "stat");
    const std::size_t behind_name = stat.rfind(") ");
    if (behind_name == stat.npos) continue;
    if (std::atoi(stat.c_str() + behind_name + 4) == server) all.push_back(std::stoi(name));
  }
  return all;
}

void Signal(const std::vector<pid_t>& processes, int signal) {
  for (const pid_t process : processes) ::kill(process, signal);
}

}  // namespace

PostgresServer::PostgresServer() {
  if (const passwd* const user = ServerUser()) {
    if (chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("can't give the folder to postgres");
    }
  }
  const pid_t initdb = Spawn({std::string(kPrograms) + "initdb", "-D", folder_ / "data", "-U",
                              "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"});
  int status = 0;
  waitpid(initdb, &status, 0);
  if (status != 0) throw std::runtime_error("initdb: " + Log());
  Start();
  Run(std::string("CREATE ROLE ") + kOwner + " LOGIN; CREATE ROLE " + kService + " LOGIN;" +
      "REVOKE ALL ON SCHEMA public FROM PUBLIC");
}

PostgresServer::~PostgresServer() { Kill(); }

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server;
  return server;
}

std::string PostgresServer::Log() const { return ReadText(folder_ / "log"); }

pid_t PostgresServer::Spawn(std::vector<std::string> words) const {
  // Everything that allocates happens before the fork: other threads may hold the heap's lock.
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const passwd* const user = ServerUser();
  const std::string log = folder_ / "log";
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string home = folder_.path();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    const bool became =
        user == nullptr || (::setgroups(1, &user->pw_gid) == 0 && ::setgid(user->pw_gid) == 0 &&
                            ::setuid(user->pw_uid) == 0);
    // After the change of user, which forgets it. SIGQUIT: at once, and all of it.
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (became && ::chdir(home.c_str()) == 0 && ::getppid() == parent) {
      ::execv(arguments[0], arguments.data());
    }
    ::_exit(127);
  }
  ::close(output);
  if (pid < 0) throw std::runtime_error("can't fork");
  return pid;
}

void PostgresServer::Start() {
  pid_ = Spawn({std::string(kPrograms) + "postgres", "-D", folder_ / "data", "-k", folder_.path(),
                "-p", std::to_string(port()), "-c", "listen_addresses=127.0.0.1", "-c",
                "max_connections=300", "-c", "log_min_error_statement=panic"});
  const bool answers = Eventually([&] {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("postgres ended at once: " + Log());
    }
    return PQping(Url("postgres").c_str()) == PQPING_OK;
  });
  if (!answers) throw std::runtime_error("postgres does not answer: " + Log());
}

void PostgresServer::Kill() {
  if (pid_ <= 0) return;
  const std::vector<pid_t> all = All(pid_);
  Signal(all, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  // The others are nobody's children now; a new server waits for its memory to be free of them.
  Eventually([&] {
    return std::ranges::none_of(all, [](pid_t process) { return ::kill(process, 0) == 0; });
  });
}

void PostgresServer::Stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGINT);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void PostgresServer::Suspend() const { Signal(All(pid_), SIGSTOP); }
void PostgresServer::Resume() const { Signal(All(pid_), SIGCONT); }

std::string PostgresServer::Url(std::string_view role) const {
  return "postgres://" + std::string(role) + "@/postgres?host=" + folder_.path() +
         "&port=" + std::to_string(port());
}

std::string PostgresServer::TcpUrl(std::string_view role) const {
  return "postgres://" + std::string(role) + "@127.0.0.1:" + std::to_string(port()) +
         "/postgres?sslmode=disable";
}

std::string PostgresServer::NewSchema() {
  const std::string name = "test_" + std::to_string(++schemas_);
  Run("CREATE SCHEMA " + name + " AUTHORIZATION " + kOwner + "; GRANT USAGE ON SCHEMA " + name +
      " TO " + kService);
  return name;
}

std::vector<std::string> PostgresServer::Run(const std::string& statements) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(Url("postgres").c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> answer(
      PQexec(connection.get(), statements.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  std::vector<std::string> rows;
  for (int i = 0; i < PQntuples(answer.get()); ++i) {
    rows.emplace_back(PQgetvalue(answer.get(), i, 0));
  }
  return rows;
}

}  // namespace rapport::support
