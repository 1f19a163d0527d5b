"""Where a call's CPU goes: perf over alliance while one kind of call runs. Used by `run` only."""

import collections
import re
import subprocess

from servers import run

KINDS = [("map, covered", "map", {}), ("map, half covered", "map", {"covered": 0.5, "warm_up": 0}),
         ("submit, 80", "submit", {})]

# What a sample is: the first pattern that its shared object and function match.
PARTS = [
    ("kernel: disk, network, scheduling", r"^\[k"), ("TLS, sealing, digests", r"^lib(crypto|ssl)"),
    ("SQLite", r"sqlite3|^\S+ +(wal|pager|vdbe|btree|pcache|balance)"),
    ("memory, libc", r"operator (new|delete)|je_|malloc|free|^libc\.|^ld-"),
    ("protobuf", r"google::protobuf|rapport::[a-z:]*v1::"), ("alliance", r"rapport::alliance"),
    ("validation, names, errors", r"rapport::schema"), ("records, audit", r"rapport::(records|audit)"),
    ("sealing, tokens", r"rapport::crypto"), ("database layer", r"rapport::db"),
    ("cache", r"rapport::cache|Lru"), ("metrics, log lines", r"rapport::telemetry"),
    ("pipeline, transport of ours", r"rapport::rpc"), ("rest of ours", r"rapport::"),
    ("gRPC", r"grpc|chttp2|absl|upb|gpr_|Huff|tsi_|^rapport-alliance"), ("other", r"")]

# What it is for: the first pattern that its thread and stack match.
STAGES = [
    ("signals, delivery: after the answer", r"AllianceEvents|Inbox::|Relay::"),
    ("checkpoint", r"Checkpointer"), ("writer: rows", r"RunUnderSavepoint"),
    ("writer: commit", r"GroupCommit::"), ("disclosure: key, line, seal", r"Disclosures::|audit::Append"),
    ("replay, use case, sealing", r"AllianceService::|Records::|Answers::"),
    ("answer: gRPC, TLS, socket", r"Async\w+<.*>::Finish"), ("log line, metrics", r"telemetry::"),
    ("token, access, validation", r"Pipeline::(?!Finish)"),
    ("request: gRPC, TLS, socket; arming", r"")]


def samples(data):
    """Of a recording: (thread, "object function" of the leaf, the whole stack as text)."""
    said = run("perf", "script", "-i", data, "-F", "comm,ip,sym,dso", "--no-inline",
               stderr=subprocess.DEVNULL)
    for block in said.split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if len(lines) < 2:
            continue
        address, name, place = re.match(r"(\S+) (.*) \((.*)\)$", lines[1]).groups()
        del address
        yield lines[0], f"{place.rsplit('/', 1)[-1]} {name}", "\n".join(lines)


def table(title, counts, spent, most=99):
    whole = sum(counts.values())
    print(f" {title}")
    for name, count in counts.most_common(most):
        print(f"  {100 * count / whole:5.1f} %  {count * spent / whole:6.2f} us  {name[:96]}")


def profile(state, shape, seconds):
    state.restore()
    intake = state.start("intake")
    alliance = state.start("alliance", "--allow-core-dumps", "true")
    try:
        intake.ready(), alliance.ready()
        for title, kind, job in KINDS:
            data = state.folder / "perf.data"
            before = state.load(kind, state.port("alliance"), [], seconds=0.2, **shape)["used"]
            recorder = subprocess.Popen(
                ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1500", "--call-graph", "dwarf,16384",
                 "-p", str(alliance.pid), "-o", data, "--", "sleep", str(seconds)],
                stderr=subprocess.DEVNULL)
            measured = state.load(kind, state.port("alliance"), [alliance.pid], seconds=seconds,
                                  first=before if kind == "submit" else 0, **shape, **job)
            recorder.wait()
            spent = measured["cpu_us"][0]
            print(f"\n{title}: {measured['rate']:,.0f}/s, {spent:.1f} us of CPU a call, perf's own included")
            stages, parts, threads, functions = (collections.Counter() for _ in range(4))
            for thread, what, stack in samples(data):
                stages[next(name for name, pattern in STAGES if re.search(pattern, stack))] += 1
                parts[next(name for name, pattern in PARTS if re.search(pattern, what))] += 1
                threads[thread] += 1
                functions[what] += 1
            table("what for", stages, spent)
            table("what", parts, spent)
            table("by thread", threads, spent, 8)
            table("by function", functions, spent, 25)
    finally:
        alliance.stop()
        intake.stop()
