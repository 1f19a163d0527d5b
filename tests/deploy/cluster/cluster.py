"""A cluster of one machine: rendered manifests on podman, with what a kubelet, the controllers of Deployments, StatefulSets and
Jobs, kube-proxy, DNS and a network plugin do. Needs root. What it doesn't do it refuses (objects.Unsupported); scheduling,
admission and accounts it leaves out. A CronJob waits until somebody makes a Job of it (objects.job_of)."""
import concurrent.futures
import fcntl
import pathlib
import threading
import time

from . import rollout, services
from .dns import Dns
from .network import Network
from .pod import Pod
from .podman import remove_all
from .policy import Place
from .volumes import remove_tree


class Cluster:
    def __init__(self, objects, folder, bridge="rapport-test", pods="10.89.76.0/22", service_addresses="10.89.80.0/24"):
        self.objects, self.folder, self.bridge = objects, pathlib.Path(folder), bridge
        self.network = Network(bridge, pods, service_addresses)
        self.events, self._began = [], time.monotonic()
        self._lock, self._pods, self._serial, self._dns = threading.RLock(), [], 0, None
        self.event_listener = None

    def up(self):
        """Makes the folder and the network; what an earlier run left behind goes first."""
        self._alone = open(f"/run/{self.bridge}.lock", "w", encoding="ascii")  # pylint: disable=consider-using-with
        fcntl.flock(self._alone, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: another one of this name is up
        remove_all(self.bridge)
        remove_tree(self.folder)
        self.folder.mkdir(parents=True)
        self.network.up()
        self._dns = Dns(self.network.gateway, self._look_up)

    def down(self):
        """Removes everything but logs and what is in the volumes that were claimed."""
        for pod in self.pods():
            pod.leave()
        remove_all(self.bridge)
        remove_tree(self.folder / "pods")
        if self._dns:
            self._dns.stop()
        self.network.down()
        self._alone.close()

    # What there is.

    def pods(self, app=None):
        """Of a workload or of all, in the order of their numbers."""
        with self._lock:
            found = [pod for pod in self._pods if app is None or pod.owner["metadata"]["name"] == app]
        return sorted(found, key=lambda pod: (pod.owner["metadata"]["name"], int(pod.name.rpartition("-")[2])))

    def workloads(self):
        return [owner for kind in ("Deployment", "StatefulSet") for owner in self.objects.all(kind)]

    def workload(self, name):
        return next(owner for owner in self.workloads() if owner["metadata"]["name"] == name)

    def service_address(self, name):
        """Of a service that isn't headless."""
        return self._service_addresses()[name]

    def now(self):
        """Seconds since this object was made."""
        return time.monotonic() - self._began

    def event(self, text):
        self.events.append((self.now(), text))
        if self.event_listener:
            self.event_listener(*self.events[-1])

    # What happens to it.

    def apply(self):
        """Starts everything that isn't there, all at once, as `kubectl apply` does, Jobs too."""
        owners = self.workloads() + self.objects.all("Job")
        missing = [(owner, name) for owner in owners if not self.pods(owner["metadata"]["name"])
                   for name in self._names(owner, owner["spec"].get("replicas", 1))]
        self._each(lambda found: self._start(*found), missing)

    def run(self, job, seconds=300):
        """Runs a Job that isn't among the objects, or again, to its end: (exit code, what it wrote). Its restartPolicy is Never."""
        pod = self._start(job, self._names(job, 1)[0])
        try:
            self.wait(pod.ended.is_set, seconds, lambda: pod.name)
        finally:
            self._stop(pod)
        return pod.exit_codes[-1], pod.written()

    def wait_ready(self, seconds, *apps):
        """Until every pod of these workloads (all of them without a name) is ready; TimeoutError names those that aren't."""
        def waiting():
            return [pod.name for app in apps or [owner["metadata"]["name"] for owner in self.workloads()]
                    for pod in self.pods(app) if not pod.ready]
        self.wait(lambda: not waiting(), seconds, waiting)

    def wait_jobs(self, seconds):
        """Until every Job ended well. TimeoutError names those that didn't."""
        def waiting():
            return [pod.name for job in self.objects.all("Job") for pod in self.pods(job["metadata"]["name"])
                    if not pod.ended.is_set()]
        self.wait(lambda: not waiting(), seconds, waiting)

    @staticmethod
    def wait(condition, seconds, who=lambda: ""):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError(f"after {seconds} s: {who()}")
            time.sleep(0.1)

    def roll(self, *apps, seconds=300):
        """Rolling updates of workloads, side by side; answers [(pod, exit code, seconds to stop)]."""
        stopped = []
        self._each(lambda app: stopped.extend(self._roll(self.workload(app), seconds)), apps)
        return stopped

    def scale(self, app, replicas):
        """Makes or stops pods, the last ones first."""
        owner, there = self.workload(app), self.pods(app)
        owner["spec"]["replicas"] = replicas
        if owner["kind"] == "StatefulSet":
            new = self._names(owner, replicas)[len(there):]
        else:
            new = self._names(owner, replicas - len(there))
        self._each(lambda name: self._start(owner, name), new)
        self._each(self._stop, there[replicas:])

    def lose(self, claim):
        """A volume is gone with all that is in it. Who mounts it must be stopped."""
        remove_tree(self.folder / "claims" / claim)

    def refresh(self):
        """Changed ConfigMaps and Secrets get into all pods."""
        for pod in self.pods():
            pod.refresh()

    def cut(self, *apps):
        """Loses what goes between pods of these workloads and anybody else, until `cut()` without a name."""
        self.network.cut([pod for app in apps for pod in self.pods(app)])
        self.sync()

    def lose_node(self, pods):
        """Nobody reaches these pods any more, who are still called: a cluster waits for a node's word, 40 s, before it gives it up."""
        self.network.cut(pods)
        self.sync()

    def give_up_node(self, pods):
        """Nobody is sent to these pods any more."""
        for pod in pods:
            pod.given_up = True
        self.sync()

    def find_node(self, pods):
        """It is there again: its pods begin anew and are reached."""
        for pod in pods:
            pod.kill()
            pod.given_up = False
        self.cut()

    def sync(self):
        """Policies, services and names follow the pods that are there and ready."""
        with self._lock:
            dns = Place("kube-dns", "kube-system", {"k8s-app": "kube-dns"}, self.network.gateway)
            pods = [pod for pod in self._pods if pod.address]
            places = [Place(pod.name, pod.namespace, pod.labels, pod.address, pod.ports) for pod in pods]
            self.network.rules(self.objects.all("NetworkPolicy"), [dns, *places], self.objects.all("Service"), pods,
                               self._service_addresses())

    def resolv_conf(self, namespace):
        file = self.folder / f"resolv.{namespace}.conf"
        file.write_text(f"search {namespace}.svc.cluster.local svc.cluster.local cluster.local\n"
                        f"nameserver {self.network.gateway}\noptions ndots:5\n", encoding="ascii")
        return file

    # How.

    def _start(self, owner, name):
        pod = Pod(self, owner, name)
        with self._lock:
            self._pods.append(pod)
        pod.start()
        return pod

    def _stop(self, pod):
        code, took = pod.stop()
        with self._lock:
            self._pods.remove(pod)
        self.sync()
        return pod.name, code, took

    def _roll(self, owner, seconds):
        app, old = owner["metadata"]["name"], {pod.name: pod for pod in self.pods(owner["metadata"]["name"])}
        if owner["kind"] == "StatefulSet":
            steps = [(word, f"{app}-{index}") for word, index in rollout.stateful(len(old))]
        else:
            steps = rollout.deployment(owner["spec"], list(old), self._names(owner, len(old)))
        new, stopped = {}, []
        for word, name in steps:
            if word == "stop":
                stopped.append(self._stop(old[name]))
            elif word == "start":
                new[name] = self._start(owner, name)
            else:
                self._await(new[name], owner["spec"].get("minReadySeconds", 0), seconds)
        return stopped

    def _await(self, pod, min_ready, seconds):
        self.wait(lambda: pod.ready_since and time.monotonic() - pod.ready_since >= min_ready, seconds, lambda: pod.name)

    def _names(self, owner, count):
        name = owner["metadata"]["name"]
        if owner["kind"] == "StatefulSet":
            return [f"{name}-{index}" for index in range(count)]
        with self._lock:
            self._serial += count
            return [f"{name}-{self._serial - index}" for index in range(count)]

    def _service_addresses(self):
        return services.addresses(self.objects.all("Service"), self.network.first_service)

    def _look_up(self, name):
        with self._lock:
            pods = list(self._pods)
        return services.resolve(name, self.objects.all("Service"), self._service_addresses(), pods)

    @staticmethod
    def _each(what, items):
        """Side by side; the first error is raised when all are through."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
            for done in [pool.submit(what, item) for item in items]:
                done.result()
