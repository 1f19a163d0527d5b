"""What renders say is read as a cluster reads it."""
import unittest

from ..objects import Objects, Unsupported, bytes_of, cores_of, job_of, port_of, selects

RENDER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
binaryData: {key: AAE=}
---
apiVersion: v1
kind: Secret
metadata: {name: secret}
data: {plain: c2VjcmV0}
stringData: {written: as it is}
---
apiVersion: v1
kind: Namespace
metadata: {name: rapport}
"""


class ObjectsOfARender(unittest.TestCase):
    def test_data_of_a_config_map_is_text_and_bytes(self):
        self.assertEqual(Objects(RENDER).data("ConfigMap", "settings"), {"level": b"info", "key": b"\x00\x01"})

    def test_data_of_a_secret_is_decoded(self):
        self.assertEqual(Objects(RENDER).data("Secret", "secret"), {"plain": b"secret", "written": b"as it is"})

    def test_a_later_object_takes_the_place_of_an_earlier_one(self):
        again = "kind: ConfigMap\nmetadata: {name: settings}\ndata: {level: debug}"
        self.assertEqual(Objects(RENDER, again).data("ConfigMap", "settings"), {"level": b"debug"})

    def test_what_is_not_there_is_an_error(self):
        self.assertRaises(KeyError, Objects(RENDER).data, "Secret", "settings")

    def test_a_kind_that_is_not_known_is_refused(self):
        self.assertRaises(Unsupported, Objects, "kind: DaemonSet\nmetadata: {name: x}")

    def test_a_job_of_a_cron_job_is_what_it_would_make_at_its_time(self):
        render = """
kind: CronJob
metadata: {name: backup, namespace: rapport}
spec: {schedule: "15 1 * * *", jobTemplate: {metadata: {labels: {of: backup}}, spec: {backoffLimit: 2, template: {spec: {}}}}}
"""
        self.assertEqual(job_of(Objects(render).get("CronJob", "backup"), "now"), {
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "now", "namespace": "rapport", "labels": {"of": "backup"}},
            "spec": {"backoffLimit": 2, "template": {"spec": {}}}})


class Selectors(unittest.TestCase):
    LABELS = {"name": "notes", "component": "service"}

    def test_nothing_takes_everything_and_no_selector_takes_nothing(self):
        self.assertTrue(selects({}, self.LABELS))
        self.assertFalse(selects(None, self.LABELS))

    def test_every_label_must_fit(self):
        self.assertTrue(selects({"matchLabels": {"name": "notes"}}, self.LABELS))
        self.assertFalse(selects({"matchLabels": {"name": "notes", "component": "cache"}}, self.LABELS))

    def test_expressions(self):
        for operator, values, expected in (("In", ["service", "backup"], True), ("In", ["backup"], False),
                                           ("NotIn", ["service"], False), ("NotIn", ["backup"], True),
                                           ("Exists", [], True), ("DoesNotExist", [], False)):
            expression = {"key": "component", "operator": operator, "values": values}
            self.assertEqual(selects({"matchExpressions": [expression]}, self.LABELS), expected, operator)

    def test_what_is_not_known_is_refused(self):
        self.assertRaises(Unsupported, selects, {"name": "notes"}, self.LABELS)


class Quantities(unittest.TestCase):
    def test_memory(self):
        self.assertEqual([bytes_of(text) for text in ("64Mi", "1Gi", "1.5Ki", "2M", 1000)],
                         [64 * 2**20, 2**30, 1536, 2_000_000, 1000])

    def test_cores(self):
        self.assertEqual([cores_of(text) for text in ("200m", "2", 1)], [0.2, 2.0, 1.0])

    def test_a_port_by_name_or_number(self):
        container = {"name": "c", "ports": [{"name": "mesh", "containerPort": 8444}]}
        self.assertEqual(port_of(container, "mesh"), 8444)
        self.assertEqual(port_of(container, 81), 81)
        self.assertRaises(Unsupported, port_of, container, "api")
