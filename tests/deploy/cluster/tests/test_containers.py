"""From a template to the arguments of podman."""
import copy
import unittest

from ..containers import environment, expand, identity, main_container, run_arguments
from ..objects import Objects, Unsupported

TEMPLATE = {"metadata": {"labels": {}}, "spec": {
    "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532},
    "containers": [{"name": "notes", "image": "localhost/notes:local", "args": ["--database=$(DATABASE)"],
                    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                        "capabilities": {"drop": ["ALL"]}},
                    "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "384Mi", "cpu": "500m"}}}]}}

SIDECAR = {"name": "exporter", "image": "localhost/exporters:local", "restartPolicy": "Always", "command": ["/bin/x"],
           "resources": {"limits": {"memory": "64Mi"}}, "securityContext": {"readOnlyRootFilesystem": True}}


def changed(change):
    template = copy.deepcopy(TEMPLATE)
    change(template["spec"])
    return template


class Arguments(unittest.TestCase):
    def test_the_security_context_is_carried_out(self):
        arguments = run_arguments(TEMPLATE, {}, [])
        for wanted in (["--user", "65532:65532"], ["--group-add", "65532"], ["--read-only", "--read-only-tmpfs=false"],
                       ["--cap-drop", "ALL"], ["--security-opt", "no-new-privileges"]):
            self.assertIn(" ".join(wanted), " ".join(arguments))

    def test_limits_are_bytes_and_cores(self):
        self.assertIn("--memory 402653184 --cpus 0.5", " ".join(run_arguments(TEMPLATE, {}, [])))

    def test_arguments_come_behind_the_image_with_their_variables(self):
        self.assertEqual(run_arguments(TEMPLATE, {"DATABASE": "here"}, [])[-2:], ["localhost/notes:local", "--database=here"])

    def test_a_command_takes_the_place_of_the_entrypoint(self):
        template = changed(lambda spec: spec["containers"][0].update(command=["/bin/x", "-c"]))
        self.assertIn('--entrypoint ["/bin/x", "-c"]', " ".join(run_arguments(template, {}, [])))

    def test_mounts_are_read_only_when_they_say_so(self):
        arguments = " ".join(run_arguments(TEMPLATE, {}, [("/a", "/b", True), ("/c", "/d", False)]))
        self.assertIn("--volume /a:/b:ro --volume /c:/d ", arguments)

    def test_a_sidecar_has_the_pods_user_and_limits_of_its_own(self):
        template = changed(lambda spec: spec.update(initContainers=[SIDECAR]))
        self.assertEqual(main_container(template)["name"], "notes")
        arguments = " ".join(run_arguments(template, {}, [], SIDECAR))
        self.assertEqual(arguments, "--user 65532:65532 --group-add 65532 --read-only --read-only-tmpfs=false --memory 67108864"
                         ' --entrypoint ["/bin/x"] localhost/exporters:local')


class WhatIsNotDone(unittest.TestCase):
    def test_a_field_that_would_be_left_out_in_silence_is_refused(self):
        for change in (lambda spec: spec.update(hostNetwork=True),
                       lambda spec: spec["containers"].append(spec["containers"][0] | {"stdin": True}),
                       lambda spec: spec["containers"].append(spec["containers"][0] | {"lifecycle": {}}),
                       lambda spec: spec["containers"].append(SIDECAR | {"restartPolicy": "Never"}),
                       lambda spec: spec.update(initContainers=[SIDECAR | {"tty": True}]),
                       lambda spec: spec["securityContext"].update(sysctls=[]),
                       lambda spec: spec["containers"][0].update(readinesProbe={}),
                       lambda spec: spec["containers"][0]["securityContext"].update(privileged=True)):
            self.assertRaises(Unsupported, main_container, changed(change))

    def test_a_pod_that_must_not_be_root_needs_a_user(self):
        self.assertRaises(Unsupported, identity, changed(lambda spec: spec["securityContext"].pop("runAsUser")))


class Environment(unittest.TestCase):
    OBJECTS = Objects("kind: ConfigMap\nmetadata: {name: settings}\ndata: {LEVEL: info, HOST: database}")

    def test_maps_come_first_and_own_variables_refer_to_them(self):
        container = {"envFrom": [{"configMapRef": {"name": "settings"}}], "env": [
            {"name": "URL", "value": "postgres://$(HOST)"}, {"name": "LEVEL", "value": "debug"},
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}
        self.assertEqual(environment(container, self.OBJECTS, {"metadata.name": "notes-0"}),
                         {"LEVEL": "debug", "HOST": "database", "URL": "postgres://database", "POD": "notes-0"})

    def test_a_source_that_is_not_known_is_refused(self):
        container = {"env": [{"name": "X", "valueFrom": {"resourceFieldRef": {}}}]}
        self.assertRaises(Unsupported, environment, container, self.OBJECTS, {})

    def test_an_unknown_reference_stays_and_two_dollars_are_one(self):
        self.assertEqual(expand("$(A) $(B) $$(A) $A", {"A": "a"}), "a $(B) $(A) $A")
