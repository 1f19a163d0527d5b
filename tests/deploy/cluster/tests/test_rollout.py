"""In which order pods change."""
import unittest

from ..objects import Unsupported
from ..rollout import back_off, deployment, stateful

SURGE = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}


class Order(unittest.TestCase):
    def test_a_stateful_set_goes_from_the_highest_number_down_one_at_a_time(self):
        self.assertEqual(stateful(2), [("stop", 1), ("start", 1), ("await", 1), ("stop", 0), ("start", 0), ("await", 0)])

    def test_a_deployment_is_never_short_of_a_pod(self):
        steps = deployment(SURGE, ["a", "b"], ["c", "d"])
        running = fewest = most = 2
        for word, _ in steps:
            running += {"start": 1, "stop": -1, "await": 0}[word]
            fewest, most = min(fewest, running), max(most, running)
        self.assertEqual((fewest, most, running), (2, 3, 2))
        self.assertEqual(steps[:3], [("start", "c"), ("await", "c"), ("stop", "a")])

    def test_recreate_stops_all_before_it_starts_one(self):
        self.assertEqual(deployment({"strategy": {"type": "Recreate"}}, ["a"], ["b"]), [("stop", "a"), ("start", "b"), ("await", "b")])

    def test_another_strategy_is_refused(self):
        other = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}}
        self.assertRaises(Unsupported, deployment, other, ["a"], ["b"])

    def test_the_wait_before_a_restart_doubles(self):
        self.assertEqual([back_off(number) for number in (1, 2, 3, 4, 20)], [0, 10, 20, 40, 300])
