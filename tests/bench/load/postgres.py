"""A PostgreSQL of a bench's own, durable as it is by default. It refuses to run as root: then it runs as `postgres`."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from servers import BIN, run

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
OWNER, SERVICE = "rapport_owner", "rapport_service"


class Postgres:
    def __init__(self, port):
        self.port = port
        self.who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.folder = tempfile.mkdtemp(prefix="rapport-bench-")
        if self.who:
            shutil.chown(self.folder, "postgres", "postgres")
        os.chmod(self.folder, 0o755)
        self.child = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        data = f"{self.folder}/data"
        subprocess.run([PROGRAMS / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.who)
        self.child = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", data, "-k", self.folder, "-p", str(self.port), "-c", "listen_addresses="],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.who)
        until = time.monotonic() + 20
        while subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]).returncode:
            if self.child.poll() is not None or time.monotonic() > until:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        for statement in (f"CREATE ROLE {OWNER} LOGIN", f"CREATE ROLE {SERVICE} LOGIN",
                          f"GRANT CREATE ON DATABASE postgres TO {OWNER}"):
            subprocess.run([PROGRAMS / "psql", "-q", "-d", self.url("postgres"), "-c", statement], check=True)

    def url(self, role):
        return f"postgres://{role}@/postgres?host={self.folder}&port={self.port}"

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            self.child.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def to_postgres(state):
    """Moves intake's seeded data to a PostgreSQL of its own, as an operator would."""
    postgres = Postgres(state.base + 20)
    owner, service = postgres.url(OWNER), postgres.url(SERVICE)
    run(BIN / "rapport-admin", "migrate", "--service", "intake", "--database", owner, "--keys-database", owner,
        "--role", SERVICE)
    data = state.folder / "data"
    run(BIN / "rapport-admin", "move", "--service", "intake", "--database", data / "intake.db",
        "--keys-database", data / "intake.keys.db", "--to-database", service, "--to-keys-database", service)
    file = state.folder / "intake.yaml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(("database:", "keys_database:"))]
    lines += [f'database: "{service}"', f'keys_database: "{service}"',
              f"erasure_list: {data / 'intake.erased'}"]
    file.write_text("\n".join(lines) + "\n")
    return postgres
