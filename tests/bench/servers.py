"""The processes a bench run measures: made, started, measured, stopped. Used by `run` only."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "build" / "bench"
BIN = ROOT / "build" / "bin"
LOGS = pathlib.Path("/dev/shm")  # writing lines is the service's cost, keeping them the disk's
AGENCY = "harbour"
CLINICIANS = 100


def run(*command, **options):
    """Runs a program to its end; its output. Fails loudly."""
    return subprocess.run([str(part) for part in command], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


class Process:
    """One process. `ready` waits for a line of its output and says how long it took."""

    def __init__(self, name, command, log):
        self.name, self.log = name, log
        self.log.write_bytes(b"")
        self.started = time.monotonic()
        with open(log, "ab") as out:
            self.child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)

    @property
    def pid(self):
        return self.child.pid

    def wait_for(self, text, seconds=20):
        while True:
            said = self.log.read_bytes()[:100_000]
            if text in said:
                return said.decode()
            if self.child.poll() is not None or time.monotonic() - self.started > seconds:
                raise RuntimeError(f"{self.name} did not start:\n{said.decode()}")
            time.sleep(0.0005)

    def ready(self):
        """Milliseconds from exec to ready."""
        self.wait_for(b'"event":"ready"')
        return (time.monotonic() - self.started) * 1000

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_seconds(self):
        """Of all its threads so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_quiet(self):
        """Until it does nothing any more; seconds that it took."""
        began, step, before = time.monotonic(), 0.3, -1.0
        while self.cpu_seconds() - before > 0.1 * step:
            before = self.cpu_seconds()
            time.sleep(step)
        return time.monotonic() - began - step

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.unlink(missing_ok=True)


def free_ports(count):
    """A base port with `count` free ports from it on."""
    while True:
        base = random.randrange(20_000, 32_000)
        try:
            for port in range(base, base + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue


class State:
    """A state folder like the demo's, on the machine's clock, filled with made-up families."""

    def __init__(self, folder, redis=None):
        self.folder = folder
        self.redis = redis
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.base = free_ports(21)
        run("bash", "-c", f". deploy/local/services; state={folder} bin={BIN}; prepare {self.base}",
            cwd=ROOT)
        for service in ("intake", "alliance"):
            file = folder / f"{service}.yaml"
            lines = [line for line in file.read_text().splitlines() if "demo_clock" not in line]
            if redis:
                lines.append(f"redis: 127.0.0.1:{redis}")
            file.write_text("\n".join(lines) + "\n")
        self.tokens = folder / "tokens"
        self.population = folder / "population.json"
        self.authority = folder / "authority" / "ca.pem"

    def port(self, service):
        return self.base + 5 * ["intake", "notes", "goals", "alliance"].index(service)

    def person(self, name, roles):
        token = run(BIN / "rapport-admin", "token", "--issuer", self.folder / "issuer", "--agency",
                    AGENCY, "--sub", name, "--roles", roles, "--minutes", 15)
        (self.tokens / f"{name}.jwt").write_text(token)
        return token.strip()

    def start(self, service, *more):
        return Process(service, [BIN / f"rapport-{service}", "--config",
                                 self.folder / f"{service}.yaml", *more],
                       LOGS / f"rapport-bench-{self.base}-{service}.log")

    def seed(self, families, rated, unrated, supervisors, clinicians=CLINICIANS, tokens=CLINICIANS, renames=0):
        """Fills the folder and keeps what came out, for `restore`. The first `tokens` clinicians have one."""
        for n in range(tokens):
            self.person(f"clinician-{n}", "clinician")
        for n in range(supervisors):
            self.person(f"supervisor-{n}", "supervisor")
        token = self.person("bench-admin", "admin")
        intake = self.start("intake")
        try:
            intake.ready()
            data = self.folder / "data"
            run(BENCH / "seed", "--intake", f"localhost:{self.port('intake')}", "--authority",
                self.authority, "--token", f"Bearer {token}", "--families", families,
                "--clinicians", clinicians, "--renames", renames, "--supervisors", supervisors, "--agency", AGENCY,
                "--suite-secret", self.folder / "suite.secret", "--kek",
                self.folder / "alliance.kek", "--database", data / "alliance.db",
                "--keys-database", data / "alliance.keys.db", "--rated", rated, "--unrated",
                unrated, "--out", self.population)
        finally:
            intake.stop()
        self.supervisors = supervisors
        shutil.copytree(self.folder / "data", self.folder / "seeded")

    def restore(self):
        """The data as it was after seeding."""
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "seeded", self.folder / "data")

    def seeded_database(self):
        """A copy of alliance's database as it was after seeding, for G."""
        copy = self.folder / "raw"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in (self.folder / "seeded").glob("alliance.db*"):
            shutil.copy(file, copy)
        return copy / "alliance.db"

    def load(self, kind, port, pids, **job):
        """One measurement; see call_load.cc."""
        job = {"kind": kind, "port": port, "pids": pids, "authority": str(self.authority),
               "tokens": str(self.tokens), "population": str(self.population),
               "clinicians": CLINICIANS, "supervisors": self.supervisors, **job}
        return json.loads(run(BENCH / "call_load", input=json.dumps(job)))
