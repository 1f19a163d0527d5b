"""python3 -m suite WORK KUBECTL BUF BIN [CASE...]: starts the cluster in the folder WORK, runs the cases in order, or only those
named (and what they need), then does the same with the other cache; says what came of each, and ends with 'N passed, N failed'.
Status 1 when one failed."""
import signal
import sys
import time
import traceback

from . import change, faults, recovery, start
from .world import World


def main():
    work, kubectl, buf, binaries, *chosen = sys.argv[1:]
    cases = {
        "migration first": start.migration_first,
        "smoke through the edge": lambda world: start.smoke(world, buf),
        "network policies": start.policy_matrix,
        "scraped": start.scraped,
        "cache access": faults.cache_access,
        "two updates in a row": change.two_updates_in_a_row,
        "pods killed": faults.killed_pods,
        "node lost": faults.node_lost,
        "cache faults": faults.cache_faults,
        "intake cut off": faults.intake_cut_off,
        "database restarted": faults.database_restarted,
        "certificates renewed": change.certificates_renewed,
        "scale out": change.scale_out,
        "backup and restore": recovery.backup_and_restore,
    }
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sentinel = {"cache primary lost": faults.cache_primary_lost}
    passed, failed = 0, 0
    for cache, those, needed in (("redis", cases, list(cases)[:2]), ("redis-sentinel", sentinel, [])):
        wanted = {name: case for name, case in those.items() if not chosen or name in needed + chosen}
        if not chosen or set(chosen) & set(those):
            well, ill = _run(World(f"{work}/{cache}", kubectl, binaries, cache), wanted, needed)
            passed, failed = passed + well, failed + ill
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


def _run(world, cases, needed):
    """How many passed and failed; nothing after one that all others need."""
    passed, failed = 0, 0
    world.cluster.event_listener = lambda at, text: print(f"      {time.strftime('%H:%M:%S')} {at:7.1f} {text}", file=sys.stderr, flush=True)
    try:
        world.up()
        for name, case in cases.items():
            began = time.monotonic()
            try:
                said = case(world)
            except Exception as problem:  # pylint: disable=broad-exception-caught  # a case may fail in any way
                failed += 1
                print(f"FAIL  {name}: {problem}", flush=True)
                traceback.print_exc()
                if name in needed:
                    break
            else:
                passed += 1
                print(f"ok    {name} ({time.monotonic() - began:.0f} s): {said}", flush=True)
    finally:
        world.down()
    return passed, failed


if __name__ == "__main__":
    sys.exit(main())
