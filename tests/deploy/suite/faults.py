"""What breaks, and what people notice."""
import collections
import time

import grpc

from cluster.podman import podman

from .expect import described, expect, none_failed
from .world import SERVICES, metric, new_family_request


def killed_pods(world):
    """Each pod of the services and the edge is killed (kill -9) once, one after the other. The other replica goes on: what fails
    is at most what was under way with the killed one, and every family that was answered for is there."""
    told = []
    with world.load() as result:
        for pod in [pod for app in (*SERVICES, "edge") for pod in world.cluster.pods(app)]:
            restarts = pod.restarts
            pod.kill()
            began = time.monotonic()
            world.cluster.wait(lambda pod=pod, restarts=restarts: pod.restarts > restarts and pod.ready, 60, lambda: pod.name)
            told.append(time.monotonic() - began)
    expect(all("UNAVAILABLE" in failure for failure in result["failed"]), f"failed otherwise: {result['failed']}")
    most = 8 * len(told)
    expect(sum(result["failed"].values()) <= most, f"more than the {most} calls that can have been under way: {result['failed']}")
    return f"{len(told)} pods, ready again after {max(told):.1f} s at most; {described(result)}"


def node_lost(world, seconds=40):
    """A node goes with one replica of each service. While the cluster doesn't know it, some calls wait for who is not there, and a
    few in vain; from then on none fails, and none when the node is back. (The edge's own replica is left: who calls from outside
    of a cluster finds another one by the load balancer's means.)"""
    lost = [world.cluster.pods(service)[0] for service in SERVICES]
    with world.load() as unknown:
        time.sleep(1)
        world.cluster.lose_node(lost)
        time.sleep(seconds)
    world.cluster.give_up_node(lost)
    with world.load() as known:
        time.sleep(20)
    world.cluster.find_node(lost)
    world.cluster.wait_ready(60)
    with world.load() as back:
        time.sleep(5)
    otherwise = [failure for failure in unknown["failed"] if not ("UNAVAILABLE" in failure or "DEADLINE_EXCEEDED" in failure)]
    expect(not otherwise, f"failed otherwise: {otherwise}")
    failed = sum(unknown["failed"].values())
    expect(failed * 10 < unknown["calls"], f"{failed} of {unknown['calls']} failed before the cluster knew: {unknown['failed']}")
    none_failed(known)
    none_failed(back)
    return f"{seconds} s unknown: {described(unknown)}; then: {described(known)}; back: {described(back)}"


def cache_faults(world):
    """Redis killed (and so emptied), paused and unreachable: nobody notices, and copies are kept again afterwards."""
    told = []
    redis = world.cluster.pods("redis")[0]
    for name, begin, end in (
            ("killed", redis.kill, lambda: world.cluster.wait_ready(60, "redis")),
            ("paused 10 s", lambda: podman("pause", redis.container_name), lambda: podman("unpause", redis.container_name)),
            ("unreachable 10 s", lambda: world.cluster.cut("redis"), world.cluster.cut)):
        with world.load() as result:
            time.sleep(1)
            begin()
            time.sleep(10)
            end()
            time.sleep(3)
        expect(not result["failed"], f"{name}: {result['failed']}")
        none_failed(result)
        _await_coherent(world)
        told.append(f"{name} {described(result)}")
    return "; ".join(told)


def cache_access(world):
    """Redis speaks with who has the password only, about nothing but the cache; every service has it, and hears what the others
    change."""
    redis = world.cluster.pods("redis")[0].container_name

    def cli(*words, user=(), password=""):
        return podman("exec", "--env", f"REDISCLI_AUTH={password}", redis, "redis-cli", *user, *words, check=False)
    for words in (("PING",), ("DBSIZE",), ("HGET", "rapport/x", "d")):
        expect("NOAUTH" in cli(*words), f"{words[0]} without a password: {cli(*words)}")
    ours = {"user": ("--user", "rapport"), "password": world.cache_password}
    expect(cli("PING", **ours) == "PONG", f"with the password: {cli('PING', **ours)}")
    refused = (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "maxmemory"), ("ACL", "LIST"), ("HGET", "other", "d"))
    for words in refused:
        expect("NOPERM" in cli(*words, **ours), f"{' '.join(words)} as a service: {cli(*words, **ours)}")
    wrong = cli("PING", user=("--user", "rapport"), password="another")
    expect("NOAUTH" in wrong, f"with another password: {wrong}")
    _await_coherent(world)
    return f"3 commands without a password, {len(refused)} of others and another password refused; all services hear of changes"


def cache_primary_lost(world):
    """Three Redis with Sentinel. The primary's process is killed, and then its node is lost: another one becomes primary, the proxies
    lead there, nobody's call fails, and all services follow its changes. Found again, the old one follows the new one."""
    world.cluster.wait_jobs(180)
    world.cluster.wait_ready(240)
    world.populate()
    cluster, nodes = world.cluster, world.cluster.pods("redis-node")

    def primaries():
        return [pod for pod in nodes if _role(pod) == "master"]
    cluster.wait(lambda: len(primaries()) == 1, 30, lambda: [_role(pod) for pod in nodes])
    _await_coherent(world)
    with world.load() as killed:
        time.sleep(1)
        primaries()[0].kill()
        time.sleep(5)
        cluster.wait(lambda: len(primaries()) == 1, 30, lambda: [_role(pod) for pod in nodes])
        _await_coherent(world)
    none_failed(killed)
    lost, = primaries()
    with world.load() as unreachable:
        time.sleep(1)
        cluster.lose_node([lost])
        began = time.monotonic()
        cluster.wait(lambda: any(pod is not lost for pod in primaries()), 60, lambda: [_role(pod) for pod in nodes])
        elected = time.monotonic() - began
        _await_coherent(world)
        cluster.find_node([lost])
        cluster.wait(lambda: _role(lost) == "slave" and len(primaries()) == 1, 60, lambda: [_role(pod) for pod in nodes])
        _await_coherent(world)
    none_failed(unreachable)
    return (f"killed: {described(killed)}; node lost: another primary after {elected:.1f} s, "
            f"{described(unreachable)}")


def _role(pod):
    """What a Redis says of itself to the user of the proxies' check; nothing when it doesn't answer."""
    said = podman("exec", "--env", "REDISCLI_AUTH=nothing", pod.container_name, "redis-cli", "--user", "probe", "role", check=False)
    return said.split("\n", maxsplit=1)[0]


def _await_coherent(world):
    pods = [pod for service in SERVICES for pod in world.cluster.pods(service)]
    world.cluster.wait(lambda: all(metric(pod, "rapport_cache_coherent") == 1 for pod in pods), 30,
                       lambda: [pod.name for pod in pods if metric(pod, "rapport_cache_coherent") != 1])


def intake_cut_off(world, seconds=60):
    """Nobody reaches intake for 60 s. What its facts of before still allow is served; what needs it is refused soon, and never
    allowed; at most 10 s afterwards everything is as before."""
    known, unknown = world.family, world.new_family()
    _reads(world, known)
    tally, slowest = collections.Counter(), 0.0
    world.cluster.cut("intake")
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for kind, family in (("known", known), ("unknown", unknown)):
                for call in world.reads(family)[1:]:
                    began = time.monotonic()
                    tally[kind, _code(world, call)] += 1
                    slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.5)
    finally:
        world.cluster.cut()
    began = time.monotonic()
    world.cluster.wait(lambda: all(_code(world, call) == "OK" for call in world.reads(unknown)), 10)
    recovered = time.monotonic() - began
    wrong = {key: count for key, count in tally.items() if key[1] not in ("OK", "UNAVAILABLE")}
    expect(not wrong, f"refused otherwise: {wrong}")
    expect(tally["known", "OK"] > 0, "nothing was served of what was known")
    expect(not tally["unknown", "OK"], f"{tally['unknown', 'OK']} reads of a family that nobody knew were allowed")
    return (f"known family {tally['known', 'OK']} served, {tally['known', 'UNAVAILABLE']} refused; unknown "
            f"{tally['unknown', 'UNAVAILABLE']} refused, 0 served; slowest {slowest * 1000:.0f} ms; all again after {recovered:.1f} s")


def _reads(world, family):
    for call in world.reads(family):
        world.call("anna", call["method"], call["request"])


def _code(world, call):
    try:
        world.call("anna", call["method"], call["request"])
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


def database_restarted(world):
    """PostgreSQL is killed under writes: calls work again within 5 s of its being ready, and every family that was answered for
    is there."""
    made, failed = [], collections.Counter()
    postgres = world.cluster.pods("postgres")[0]

    def write():
        try:
            made.append(world.call("ida", "intake/CreateFamily", new_family_request())["family"]["name"])
            return True
        except grpc.RpcError as error:
            failed[error.code().name] += 1
            return False
    for _ in range(20):
        write()
    expect(not failed, f"before anything happened: {failed}")
    restarts = postgres.restarts
    postgres.kill()
    while not (postgres.restarts > restarts and postgres.ready):
        write()
        time.sleep(0.05)
    ready = time.monotonic()
    world.cluster.wait(write, 30)
    took = time.monotonic() - ready
    expect(took <= 5, f"{took:.1f} s")
    lost = [name for name in made if not _there(world, name)]
    expect(not lost, f"{len(lost)} of {len(made)} families are lost")
    expect(set(failed) <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}, f"refused otherwise: {failed}")
    return f"writes again {took:.1f} s after it was ready; {len(made)} answered, 0 lost, {sum(failed.values())} refused meanwhile"


def _there(world, family):
    try:
        return world.call("ida", "intake/GetFamily", {"name": family})["family"]["name"] == family
    except grpc.RpcError:
        return False
