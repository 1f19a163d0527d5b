"""One pod: its containers, volumes and network, kept as its template says until it is stopped."""
import threading
import time

from . import containers, probes
from .beside import Beside
from .kept import Kept
from .objects import Unsupported, namespace_of
from .podman import PodmanError, execute, podman, running
from .rollout import back_off
from .volumes import Volumes


class Pod(Kept):
    """`cluster` gives: bridge (a label, too), objects, folder, network, sync() when readiness changed, event(text).
    `owner` is the Deployment, StatefulSet or Job."""

    def __init__(self, cluster, owner, name):
        self._cluster, self.owner, self.name = cluster, owner, name
        self.template = owner["spec"]["template"]
        self.namespace = namespace_of(owner)
        self.labels = self.template["metadata"].get("labels", {})
        self.container = containers.main_container(self.template)
        self.container_name = f"{cluster.bridge}-{name}"
        self.restarts, self.address, self.exit_codes, self.ready_since = 0, None, [], None
        self.given_up = False  # its node is lost, and the cluster knows
        self.ended_at = None  # seconds since the cluster began, when the container last ended
        spec = self.template["spec"]
        self.grace = spec.get("terminationGracePeriodSeconds", 30)
        self._first = spec.get("initContainers", [])
        self.beside = {container["name"]: Beside(self, container) for container in
                       [one for one in self._first if containers.is_sidecar(one)] + spec["containers"][1:]}
        self._health = probes.Health(self.container)
        self._policy = self.template["spec"].get("restartPolicy", "Always")
        self._stopping, self._alive, self.ended = threading.Event(), False, threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._volumes = Volumes(cluster.folder / "pods" / name, cluster.folder / "claims", self.template,
                                owner["spec"].get("volumeClaimTemplates", []), name, containers.identity(self.template),
                                cluster.objects)

    @property
    def ready(self):
        runs = self._alive and not self._stopping.is_set() and not self.given_up
        return runs and self._health.ready and all(one.ready for one in self.beside.values())

    @property
    def ports(self):
        return {port["name"]: port["containerPort"] for container in [self.container, *(one.container for one in self.beside.values())]
                for port in container.get("ports", []) if "name" in port}

    @property
    def log_file(self):
        return self._cluster.folder / "logs" / f"{self.name}.log"

    def written(self):
        """What its container wrote on standard output and error."""
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line.split(" ", 3)[-1] for line in lines)

    def start(self):
        """Makes everything and starts the container. What can't be made is an error; a container that ends is not."""
        cluster = self._cluster
        self.address, space = cluster.network.plug(self.name)
        cluster.sync()
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        for container in self._first + self.template["spec"]["containers"][1:]:
            if container["name"] in self.beside:
                self.beside[container["name"]].start(self._arguments(space, container))
            else:
                self._run_first(self._arguments(space, container), container["name"])
        podman("create", "--name", self.container_name, *self._arguments(space))
        self._thread.start()

    def _arguments(self, space, other=None):
        """For podman, of the first container or another one, which logs beside it."""
        fields = {"metadata.name": self.name, "metadata.namespace": self.namespace, "status.podIP": self.address}
        container = other or self.container
        variables = containers.environment(container, self._cluster.objects, fields)
        mounts = self._volumes.mounts(container) + [(str(self._cluster.resolv_conf(self.namespace)), "/etc/resolv.conf", True)]
        log = self.log_file.with_suffix(f".{other['name']}.log") if other else self.log_file
        return ["--label", f"cluster={self._cluster.bridge}", "--hostname", self.name, "--network", f"ns:{space}", "--log-driver",
                "k8s-file", "--log-opt", f"path={log}", *containers.run_arguments(self.template, variables, mounts, other)]

    def _run_first(self, arguments, name):
        """An init container, until it ends well."""
        whole = f"{self.container_name}-{name}"
        podman("create", "--name", whole, *arguments)
        tries = 0
        while not self._stopping.is_set():
            podman("start", whole)
            code = int(podman("wait", whole))
            if code == 0:
                break
            tries += 1
            self.event(f"{whole} ended with {code}")
            self._stopping.wait(back_off(tries))
        podman("rm", "--force", whole)

    def event(self, text):
        self._cluster.event(text)

    def pid(self):
        """Of the container's first process; 0 when it isn't running."""
        return int(podman("inspect", "--format", "{{.State.Pid}}", self.container_name))

    def kill(self, signal="KILL"):
        """Sends a signal to the container, as the kernel or an accident does."""
        podman("kill", "--signal", signal, self.container_name)

    def stop(self):
        """As a kubelet: no endpoint any more, preStop, the image's stop signal, and SIGKILL when the grace is over. Answers
        (exit code, seconds); a code of 137 is a kill."""
        began = time.monotonic()
        self._stopping.set()
        self._cluster.sync()
        before = self.container.get("lifecycle", {}).get("preStop", {})
        if "sleep" in before:
            time.sleep(before["sleep"]["seconds"])
        elif "exec" in before:
            execute(self.container_name, before["exec"]["command"], self.grace)
        elif before:
            raise Unsupported(f"preStop {sorted(before)}")
        left = max(1, int(self.grace - (time.monotonic() - began)))
        podman("stop", "--time", str(left), self.container_name, timeout=self.grace + 30)
        code, took = int(podman("wait", self.container_name)), time.monotonic() - began
        self._thread.join()
        for other in reversed(self.beside.values()):
            other.stop(max(1, int(self.grace - took)))
        self._remove()
        self._cluster.event(f"{self.name} stopped with {code} after {took:.1f} s")
        return code, took

    def refresh(self):
        """Takes over changed ConfigMaps and Secrets."""
        self._volumes.refresh()

    def leave(self):
        """Nobody keeps the pod any more; the container is removed by somebody else."""
        self._stopping.set()
        for other in self.beside.values():
            other.leave()
        if self._thread.is_alive():
            self._thread.join()

    def _remove(self):
        podman("rm", "--force", self.container_name)
        self._volumes.remove()
        self._cluster.network.unplug(self.name)

    def _keep(self):
        try:
            self._live()
        except PodmanError as error:
            self._cluster.event(f"{self.name} is kept no more: {error}")

    def _live(self):
        while not self._stopping.is_set():
            podman("start", self.container_name)
            with running(self.container_name) as watched:
                self._health.began(time.monotonic())
                self._alive = True
                if self._health.ready:
                    self.changed()
                self._watch(watched)
            if self._stopping.is_set():
                return
            self.ended_at = self._cluster.now()
            self._alive = False
            self.changed()
            code = int(podman("wait", self.container_name))
            self.exit_codes.append(code)
            if self._policy == "Never" or (self._policy == "OnFailure" and code == 0):
                self._cluster.event(f"{self.name} ended with {code}")
                self.ended.set()
                return
            self.restarts += 1
            self._cluster.event(f"{self.name} ended with {code}, restart {self.restarts}")
            self._stopping.wait(back_off(self.restarts))

    def changed(self):
        self.ready_since = (self.ready_since or time.monotonic()) if self.ready else None
        if self._policy == "Always":
            self._cluster.event(f"{self.name} is {'ready' if self.ready else 'not ready'}")
        self._cluster.sync()
