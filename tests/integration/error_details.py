"""Makes a request with several faults and prints what its refusal says.

error_details.py HOST:PORT AUTHORITY AUTHORIZATION PROTOS
"""
import pathlib
import subprocess
import sys
import tempfile

import grpc

address, authority, authorization, protos = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    files = [str(path) for path in pathlib.Path(protos).rglob("*.proto")]
    subprocess.run(["protoc", f"-I{protos}", f"--python_out={folder}", *files], check=True)
    # The generated google.rpc must be found although other packages have a google of their own.
    import google
    google.__path__.append(f"{folder}/google")
    sys.path.insert(0, folder)
    from google.rpc import error_details_pb2, status_pb2
    from rapport.intake.v1 import family_requests_pb2

    credentials = grpc.ssl_channel_credentials(pathlib.Path(authority).read_bytes())
    with grpc.secure_channel(address, credentials) as channel:
        create = channel.unary_unary(
            "/rapport.intake.v1.IntakeService/CreateFamily",
            request_serializer=family_requests_pb2.CreateFamilyRequest.SerializeToString,
            response_deserializer=family_requests_pb2.CreateFamilyResponse.FromString)
        request = family_requests_pb2.CreateFamilyRequest(request_id="x")
        request.family.referral.mandated = True
        try:
            create(request, metadata=[("authorization", authorization)], timeout=20)
            sys.exit("the request was not refused")
        except grpc.RpcError as error:
            print("code", error.code().value[0])
            details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    for detail in status_pb2.Status.FromString(details).details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            print("reason", info.reason)
        elif detail.Unpack(bad):
            for violation in bad.field_violations:
                print("field", violation.field)
