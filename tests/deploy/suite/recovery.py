"""The database's volume is lost: what the backup of the night before brings back, and how."""
import concurrent.futures
import time

import grpc

from cluster.objects import job_of

from .expect import expect
from .world import SERVICES


def backup_and_restore(world):
    """A backup by the night's own jobs; then the volume of the database is gone. All four services are restored as
    `kubernetes/restore` says, each to the same night: what was there is there again, and can be written to; what came after is not."""
    cluster = world.cluster
    kept = [world.family] + [world.new_family() for _ in range(5)]
    for what in ("data", "keys"):
        _done(cluster.run(job_of(cluster.objects.get("CronJob", f"backup-{what}"), f"backup-{what}-now")), f"backup of the {what}")
    later = world.new_family()
    expect(all(_code(world, call) == "OK" for call in world.reads(later)), "a new family can't be read")

    began = time.monotonic()
    _scale(cluster, 0)
    cluster.scale("postgres", 0)
    cluster.lose("data-postgres-0")
    cluster.roll("redis")
    cluster.scale("postgres", 1)
    cluster.wait_ready(120, "postgres")
    for service in SERVICES:
        _done(cluster.run(_once(cluster.objects.get("Job", f"migrate-{service}"))), f"migration of {service}")
        for job in world.restore_jobs(service):
            _done(cluster.run(job), job["metadata"]["name"])
        _done(cluster.run(_verification(job, service)), f"verification of {service}")
    _scale(cluster, 2)
    cluster.wait_ready(240)
    took = time.monotonic() - began

    missing = [call["method"] for family in kept for call in world.reads(family) if _code(world, call) != "OK"]
    expect(not missing, f"not there after the restore: {missing}")
    expect(_code(world, world.reads(later)[0]) == "NOT_FOUND", "what came after the backup is there, from where nobody knows")
    new = world.new_family()
    missing = [call["method"] for call in world.reads(new) if _code(world, call) != "OK"]
    expect(not missing, f"after the restore a new family can't be read: {missing}")
    return f"{len(kept)} families there again and verified, the one after the backup not; from loss to ready {took:.0f} s"


def _scale(cluster, replicas):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda service: cluster.scale(service, replicas), SERVICES))


def _done(result, what):
    code, said = result
    expect(code == 0, f"{what} ended with {code}: {said[-2000:]}")


def _once(job):
    """The Job, so that its first end is its end."""
    spec = job["spec"]["template"]["spec"] | {"restartPolicy": "Never"}
    return job | {"spec": job["spec"] | {"template": job["spec"]["template"] | {"spec": spec}}}


def _verification(restore, service):
    """A Job like the one that restored, which verifies what is in the database now: audit chains, and each sealed row with its key."""
    job = _once(restore)
    container, = job["spec"]["template"]["spec"]["containers"]
    kept = ("--service=", "--suite-secret=", "--kek=", "--database=", "--keys-database=")
    arguments = ["verify"] + [argument for argument in container["args"] if argument.startswith(kept)]
    job["spec"]["template"]["spec"]["containers"] = [container | {"args": arguments}]
    return job | {"metadata": job["metadata"] | {"name": f"verify-{service}"}}


def _code(world, call):
    try:
        world.call("anna", call["method"], call["request"])
        return "OK"
    except grpc.RpcError as error:
        return error.code().name
