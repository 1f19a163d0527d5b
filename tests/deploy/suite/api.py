"""Calls of people through the edge, as any gRPC client makes them: no retry but those that gRPC does by itself when a server
says that it never looked at a call."""
import pathlib
import subprocess
import uuid

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

SERVICES = {"intake": "IntakeService", "notes": "SessionNotesService", "goals": "GoalsService", "alliance": "AllianceService"}


def describe(protos, file):
    """Compiles the protos of a folder to the descriptors `Api` reads."""
    names = [str(path.relative_to(protos)) for path in pathlib.Path(protos).rglob("*.proto")]
    subprocess.run(["protoc", f"-I{protos}", "--include_imports", f"--descriptor_set_out={file}", *names], check=True)


class Api:
    """`address` is HOST:PORT of the edge, `authority` a file of PEM. Methods are named like intake/GetFamily, requests are as
    in JSON; a request_id is filled in. Errors are grpc.RpcError. `seconds`: how long a call may take, by default as long as the
    edge waits."""

    def __init__(self, address, authority, descriptors, seconds=15):
        self._pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(descriptors).read_bytes())
        for file in files.file:
            self._pool.Add(file)
        self._factory = message_factory.MessageFactory(self._pool)
        credentials = grpc.ssl_channel_credentials(pathlib.Path(authority).read_bytes())
        self._seconds, self._calls = seconds, {}
        self._channels = {name: grpc.secure_channel(address, credentials, [
            ("grpc.ssl_target_name_override", f"{name}.localhost"), ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_reconnect_backoff_ms", 1000)]) for name in SERVICES}

    def call(self, method, request, token, seconds=None):
        """Answers the response as a dictionary."""
        call, request_class = self._method(method)
        message = request_class()
        json_format.ParseDict(request, message)
        if "request_id" in request_class.DESCRIPTOR.fields_by_name and not message.request_id:
            message.request_id = str(uuid.uuid4())
        answer = call(message, timeout=seconds or self._seconds, metadata=[("authorization", f"Bearer {token}")])
        return json_format.MessageToDict(answer)

    def close(self):
        for channel in self._channels.values():
            channel.close()

    def _method(self, method):
        if method not in self._calls:
            service, name = method.split("/")
            full = f"rapport.{service}.v1.{SERVICES[service]}"
            found = self._pool.FindServiceByName(full).FindMethodByName(name)
            request, response = (self._factory.GetPrototype(kind) for kind in (found.input_type, found.output_type))
            self._calls[method] = (self._channels[service].unary_unary(
                f"/{full}/{name}", request_serializer=request.SerializeToString, response_deserializer=response.FromString),
                request)
        return self._calls[method]
