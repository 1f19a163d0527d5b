"""What the cases share: the cluster with the overlay, tokens, a family, and load in the background."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import yaml

from cluster.cluster import Cluster
from cluster.objects import Objects

from .api import Api, describe

ROOT = pathlib.Path(__file__).parents[3]
AGENCY = "harbour"
SERVICES = ("intake", "notes", "goals", "alliance")


class World:
    """`work` is a folder that is made anew. `kubectl` and `bin` (with rapport-admin) are programs. `cache` is the component that
    gives the cache."""

    def __init__(self, work, kubectl, binaries, cache="redis"):
        self._work, self._bin = pathlib.Path(work), pathlib.Path(binaries)
        self._work.mkdir(parents=True, exist_ok=True)
        self._kubectl, self._overlay = kubectl, self._work / "overlay"
        self._write_overlay(cache)
        render = subprocess.run([kubectl, "kustomize", self._overlay], capture_output=True, text=True, check=True).stdout
        around = (pathlib.Path(__file__).parent / "around.yaml").read_text(encoding="utf-8")
        self.cluster = Cluster(Objects(render, self._secrets(), around), self._work / "cluster")
        self.descriptors, self.authority = self._work / "protos.binpb", self._work / "secrets/api.crt"
        describe(ROOT / "protos", self.descriptors)
        self._tokens = {}
        self.family, self.api = None, None

    def up(self):
        self.cluster.up()
        self.cluster.apply()
        self.api = Api(self.address, self.authority, self.descriptors)

    def down(self):
        if self.api:
            self.api.close()
        self.cluster.down()

    @property
    def address(self):
        return f"{self.cluster.service_address('edge')}:443"

    def renew_secrets(self):
        """New certificates of the same authorities, in every pod at once, as a renewal does it."""
        self.cluster.objects.add(self._secrets())
        self.cluster.refresh()

    def restore_jobs(self, service):
        """What `deploy/kubernetes/restore` makes: of the newest backup, then for each replica, which erased nobody."""
        folders = [max(path.name for path in (self.cluster.folder / f"claims/backup-{what}").glob(f"{service}-{what}-*"))
                   for what in ("data", "keys")]
        return [self._restore_job(service, *words) for words in
                (folders, *([f"state-{service}-{replica}", "--nothing-was-erased"] for replica in range(2)))]

    def _restore_job(self, *words):
        made = subprocess.run([ROOT / "deploy/kubernetes/restore", self._overlay, *words], capture_output=True, text=True, check=True,
                              env=os.environ | {"KUBECTL": str(self._kubectl)}).stdout
        return yaml.safe_load(made)

    @property
    def cache_password(self):
        return (self._work / "secrets/redis.password").read_text(encoding="ascii").strip()

    def token(self, person):
        """Of ida (intake, admin) or anna (clinician); they last a quarter of an hour and are renewed before."""
        made, token = self._tokens.get(person, (-1e9, ""))
        if time.monotonic() - made > 300:
            roles = {"ida": "intake,admin", "anna": "clinician"}[person]
            token = subprocess.run([self._bin / "rapport-admin", "token", "--issuer", self._work / "secrets/issuer", "--agency",
                                    AGENCY, "--sub", person, "--roles", roles, "--minutes", "15"], capture_output=True,
                                   text=True, check=True).stdout.strip()
            self._tokens[person] = (time.monotonic(), token)
        return token

    def call(self, person, method, request, seconds=None):
        return self.api.call(method, request, self.token(person), seconds)

    def new_family(self):
        """A family with Anna on its therapist system: its name."""
        family = self.call("ida", "intake/CreateFamily", new_family_request())["family"]["name"]
        self.call("ida", "intake/JoinTherapistSystem", {"parent": family, "helper": {
            "professional": self.anna, "role": "THERAPIST_SYSTEM_ROLE_THERAPIST", "involvement": "INVOLVEMENT_DIRECT"}})
        return family

    def populate(self):
        """Anna with her account, and the family of `reads`."""
        self.anna = self.call("ida", "intake/CreateProfessional", {"professional": {
            "displayName": "Anna Sample", "kind": "PROFESSIONAL_KIND_STAFF"}})["professional"]["name"]
        self.call("ida", "intake/LinkAccount", {"resource": self.anna, "subject": "anna"})
        self.family = self.new_family()

    def reads(self, family):
        """One read of each service about a family, by somebody of its therapist system."""
        return [{"method": "intake/GetFamily", "request": {"name": family}},
                {"method": "notes/ListSessions", "request": {"parent": family}},
                {"method": "goals/ListGoals", "request": {"parent": family}},
                {"method": "alliance/GetAllianceMap", "request": {"parent": family}}]

    @contextlib.contextmanager
    def load(self, threads=4, pause=0.02):
        """Calls go on in the background: a read of each service, and a family that is made. The result is filled in at the end."""
        calls = [call | {"token": self.token("anna")} for call in self.reads(self.family)]
        calls.append({"method": "intake/CreateFamily", "request": new_family_request(), "token": self.token("ida")})
        job = {"address": self.address, "authority": str(self.authority), "descriptors": str(self.descriptors),
               "threads": threads, "pause": pause, "calls": calls}
        result = {}
        with subprocess.Popen([sys.executable, "-m", "suite.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              cwd=ROOT / "tests/deploy") as process:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            try:
                yield result
            finally:
                process.stdin.close()
                result |= json.loads(process.stdout.read())

    def _write_overlay(self, cache):
        """The overlay `local`, with backups and monitoring, which a developer's cluster has none of, and the cache as asked for."""
        self._overlay.mkdir()
        kubernetes = ROOT / "deploy/kubernetes"
        local = yaml.safe_load((kubernetes / "overlays/local/kustomization.yaml").read_text(encoding="utf-8"))
        images = [{"name": f"rapport-{name}", "newName": f"localhost/rapport-{name}", "newTag": "local"} for name in ("exporters", "redis-proxy")]
        names = [pathlib.Path(component).name for component in local["components"]] + ["backup", "monitoring"]
        components = [cache if name == "redis" else name for name in names]
        above = os.path.relpath(kubernetes, self._overlay.resolve())
        (self._overlay / "kustomization.yaml").write_text(yaml.safe_dump(local | {
            "resources": [f"{above}/base"], "components": [f"{above}/components/{name}" for name in components],
            "images": local["images"] + images,
        }), encoding="utf-8")

    def _secrets(self):
        nodes = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis-nodes-password"},
                 "stringData": {"nodes.password": "of-the-nodes"}}
        return subprocess.run([ROOT / "deploy/kubernetes/local-secrets", self._work / "secrets"], capture_output=True, text=True,
                              check=True, env=os.environ | {"RAPPORT_BIN": str(self._bin)}).stdout + "---\n" + yaml.safe_dump(nodes)


def new_family_request():
    return {"family": {"displayName": "Example", "referral": {"source": "REFERRAL_SOURCE_SCHOOL", "reason": "A sample.",
                                                             "urgency": "REFERRAL_URGENCY_SOON"}}}


def metric(pod, name):
    """The sum of a metric of a pod over its labels; health checks are not counted."""
    with urllib.request.urlopen(f"http://{pod.address}:9090/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines
               if line.startswith((f"{name}{{", f"{name} ")) and "grpc.health" not in line)
