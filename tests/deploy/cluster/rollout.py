"""In which order a controller changes pods: plans of steps, each a word and a number or name."""
from .objects import Unsupported


def stateful(replicas):
    """A StatefulSet's rolling update: the highest number first, each gone before its successor is made, and that one ready (and
    for minReadySeconds) before the next."""
    return [step for index in reversed(range(replicas)) for step in (("stop", index), ("start", index), ("await", index))]


def deployment(spec, old, new):
    """A Deployment's update from pods `old` to pods `new` (names): maxSurge 1 and maxUnavailable 0, or Recreate."""
    strategy = spec.get("strategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    if strategy["type"] == "Recreate":
        return [("stop", name) for name in old] + [("start", name) for name in new] + [("await", name) for name in new]
    if strategy.get("rollingUpdate") != {"maxSurge": 1, "maxUnavailable": 0}:
        raise Unsupported(f"strategy {strategy}")
    steps = []
    for index, name in enumerate(new):
        steps += [("start", name), ("await", name)]
        if index < len(old):
            steps.append(("stop", old[index]))
    return steps + [("stop", name) for name in old[len(new):]]


def back_off(restarts):
    """Seconds a kubelet waits before the restart with this number, from 1: none, then 10, 20, 40, ... 300."""
    return 0 if restarts <= 1 else min(10 * 2 ** (restarts - 2), 300)
