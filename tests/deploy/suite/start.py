"""How it starts, and who reaches whom."""
import concurrent.futures
import functools
import json
import subprocess
import time
import urllib.parse
import urllib.request

from . import api
from .expect import described, expect, none_failed
from .world import SERVICES

# Who may open a connection to which port: the call graph, storage, the edge and Prometheus. Nothing else may.
MESH = {"intake": ("notes", "goals", "alliance"), "notes": ("intake", "goals", "alliance"), "goals": ("intake", "alliance"),
        "alliance": ("intake",)}
PORTS = {"api": 8443, "mesh": 8444, "health": 8081, "metrics": 9090}
EXPORTERS = {"edge": 9113, "redis": 9121}
ALLOWED = (
    {(source, target, PORTS["mesh"]) for source, targets in MESH.items() for target in targets}
    | {(service, "postgres", 5432) for service in SERVICES} | {(service, "redis", 6379) for service in SERVICES}
    | {("edge", service, PORTS["api"]) for service in SERVICES} | {("prometheus", service, PORTS["metrics"]) for service in SERVICES}
    | {("prometheus", *exporter) for exporter in EXPORTERS.items()}
    # Anybody may try to come in by the edge who may go out at all, which here is Prometheus, in its own namespace.
    | {("prometheus", "edge", 8443)})


def migration_first(world):
    """All is applied at once; no pod of a service is ready before its migration ended."""
    world.cluster.wait_jobs(180)
    world.cluster.wait_ready(240)
    told = []
    for service in SERVICES:
        ended = max(pod.ended_at for pod in world.cluster.pods(f"migrate-{service}"))
        ready = min(at for at, event in world.cluster.events if event.startswith(f"{service}-") and event.endswith("is ready"))
        expect(ended < ready, f"{service} was ready after {ready:.1f} s, its migration had ended after {ended:.1f} s")
        told.append(f"{service} {ended:.0f} < {ready:.0f} s")
    return ", ".join(told)


def smoke(world, buf):
    """buf curl through the edge, which knows gRPC and TLS and nothing of ours."""
    world.populate()
    calls = 0

    def curl(host, method, request, token, authority=world.authority):
        words = [buf, "curl", "--schema", world.descriptors, "--protocol", "grpc", "--cacert", authority, "--servername", host, "--header",
                 f"host: {host}", "--header", f"authorization: Bearer {token}", "--data", json.dumps(request),
                 f"https://{world.address}/{method}"]
        return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    for call in world.reads(world.family):
        service, name = call["method"].split("/")
        full = f"rapport.{service}.v1.{api.SERVICES[service]}/{name}"
        done = curl(f"{service}.localhost", full, call["request"], world.token("anna"))
        expect(done.returncode == 0, f"{full}: {done.stderr}")
        calls += 1
    # buf ends with 8 times the code of gRPC.
    full, request = "rapport.intake.v1.IntakeService/GetFamily", {"name": world.family}
    expect(curl("intake.localhost", full, request, "none").returncode == 8 * 16, "a call without a token was not refused as that")
    expect(curl("goals.localhost", full, request, world.token("anna")).returncode == 8 * 12, "goals answered a call for intake")
    expect(curl("other.localhost", full, request, world.token("anna")).returncode != 0, "a name that nobody has was answered")
    return f"{calls} services answered, 3 calls refused"


def policy_matrix(world):
    """From a pod of each kind to every port of each other kind: open or cut, as ALLOWED says. Asked from inside each pod's own
    network."""
    pods = {owner["metadata"]["name"]: world.cluster.pods(owner["metadata"]["name"])[0] for owner in world.cluster.workloads()}
    asked = [(source, target, port) for source in pods for target in pods if source != target
             for port in sorted(set(pods[target].ports.values()))]
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(pods)) as pool:
        found = {}
        for source, answers in zip(pods, pool.map(lambda source: _reached(pods, source, asked), pods)):
            found |= {(source, target, port): open_ for target, port, open_ in answers}
    wrong = [edge for edge, is_open in found.items() if is_open != (edge in ALLOWED)]
    expect(not wrong, "; ".join(f"{edge} is {'open' if found[edge] else 'cut'}" for edge in wrong))
    expect(ALLOWED <= set(found), f"never asked: {ALLOWED - set(found)}")
    return f"{len(found)} edges asked, {sum(found.values())} open, {len(found) - sum(found.values())} cut"


_ASK = """
import concurrent.futures, json, socket, sys
def ask(edge):
    try:
        socket.create_connection((edge[1], edge[2]), 2).close()
        return True
    except OSError:
        return False
edges = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(max_workers=64) as pool:
    print(json.dumps([[edge[0], edge[2], found] for edge, found in zip(edges, pool.map(ask, edges))]))
"""


def _reached(pods, source, asked):
    edges = [[target, pods[target].address, port] for origin, target, port in asked if origin == source]
    done = subprocess.run(["nsenter", f"--net=/proc/{pods[source].pid()}/ns/net", "/usr/bin/python3", "-c", _ASK, json.dumps(edges)],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def scraped(world):
    """Prometheus sees every pod of the services and what nginx and Redis say by the exporters beside them, from its own namespace, and
    metrics of calls. An exporter that dies is run again, and nobody's call fails for it."""
    query = functools.partial(_query, world.cluster.pods("prometheus")[0])
    beside = [pod for app in EXPORTERS for pod in world.cluster.pods(app)]
    pods = 2 * len(SERVICES) + len(beside)
    world.cluster.wait(lambda: len(query("up == 1")) == pods, 60, lambda: query("up"))
    series = len(query("grpc_server_handled_total"))
    expect(series > 0, "no metric of calls")
    _exporters_say(world, query)
    with world.load() as result:
        for pod in beside:
            exporter = pod.beside["exporter"]
            exporter.kill()
            world.cluster.wait(lambda pod=pod, exporter=exporter: exporter.restarts == 1 and pod.ready, 30, lambda pod=pod: pod.name)
            time.sleep(2)
    none_failed(result)
    _exporters_say(world, query)
    return f"{pods} pods up, {series} series of calls; {len(beside)} exporters killed: {described(result)}"


def _exporters_say(world, query):
    """Each exporter sees what it is beside now, and has figures of it."""
    now = query("time()")[1]
    for app, up, busy in (("edge", "nginx_up", "nginx_http_requests_total"), ("redis", "redis_up", "redis_commands_processed_total")):
        count = len(world.cluster.pods(app))
        for asked in (f"{up} == 1 and timestamp({up}) > {now}", f"{busy} > 0 and timestamp({busy}) > {now}"):
            world.cluster.wait(lambda asked=asked, count=count: len(query(asked)) == count, 60, lambda asked=asked: asked)


def _query(prometheus, text):
    url = f"http://{prometheus.address}:9091/api/v1/query?{urllib.parse.urlencode({'query': text})}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]["result"]
