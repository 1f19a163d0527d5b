"""load.py: calls in a row on several threads until standard input ends; reads a job in JSON from its first line, prints what
came of it. In a process of its own, so that the cluster's probes don't wait for it.

Job: {address, authority, descriptors, threads, pause, calls: [{method, request, token}]}. Result: {calls, failed: {"method code
details": count}, failed_at: [when, the first 20], slowest_ms, by_method}."""
import collections
import json
import sys
import threading
import time

import grpc

from .api import Api


def main():
    job = json.loads(sys.stdin.readline())
    stop, lock = threading.Event(), threading.Lock()
    done, failed, slowest = collections.Counter(), collections.Counter(), [0.0]
    failed_at = []

    def work(number):
        api = Api(job["address"], job["authority"], job["descriptors"])
        index = number
        while not stop.is_set():
            call = job["calls"][index % len(job["calls"])]
            index += 1
            began = time.monotonic()
            try:
                api.call(call["method"], call["request"], call["token"])
                problem = None
            except grpc.RpcError as error:
                problem = f"{call['method']} {error.code().name} {error.details()[:120]}"
            took = time.monotonic() - began
            with lock:
                done[call["method"]] += 1
                slowest[0] = max(slowest[0], took)
                if problem:
                    failed[problem] += 1
                    failed_at.append(f"{time.strftime('%H:%M:%S')} {problem}")
            stop.wait(job["pause"])
        api.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(job["threads"])]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"calls": sum(done.values()), "failed": failed, "failed_at": failed_at[:20], "slowest_ms": round(1000 * slowest[0]),
                      "by_method": done}))


if __name__ == "__main__":
    main()
