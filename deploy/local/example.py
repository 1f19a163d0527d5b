#!/usr/bin/python3
"""The alliance maps of a kept demo, from Python: needs the packages python3-grpcio and python3-protobuf."""
import os
import pathlib
import subprocess
import sys

import grpc

os.chdir(pathlib.Path(__file__).resolve().parents[2])
state, made = pathlib.Path(os.environ.get("RAPPORT_STATE", ".state/demo")), ".state/python"
if not os.path.isdir(f"{made}/rapport"):  # the client code, once
    os.makedirs(made, exist_ok=True)
    protos = [str(path) for path in pathlib.Path("protos/rapport").rglob("*.proto") if "internal" not in path.parts]
    plugin = "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin"
    subprocess.run(["protoc", "-Iprotos", f"--python_out={made}", f"--grpc_python_out={made}", plugin, *protos], check=True)
sys.path.insert(0, made)
from rapport.alliance.v1 import alliance_map_pb2, alliance_service_pb2_grpc  # noqa: E402
from rapport.intake.v1 import family_requests_pb2, intake_service_pb2_grpc  # noqa: E402

tls = grpc.ssl_channel_credentials((state / "authority/ca.pem").read_bytes())
token = grpc.access_token_call_credentials((state / "tokens/anna.jwt").read_text().strip())
credentials = grpc.composite_channel_credentials(tls, token)
addresses = dict(line.split() for line in (state / "client.yaml").read_text().splitlines() if line.startswith("  "))

# Which calls are sent again, when, and how long each may take.
handling = [("grpc.service_config", pathlib.Path("protos/service_config.json").read_text())]

with grpc.secure_channel(addresses["intake:"], credentials, handling) as to_intake, grpc.secure_channel(
    addresses["alliance:"], credentials, handling
) as to_alliance:
    intake = intake_service_pb2_grpc.IntakeServiceStub(to_intake)
    alliance = alliance_service_pb2_grpc.AllianceServiceStub(to_alliance)
    for family in intake.ListFamilies(family_requests_pb2.ListFamiliesRequest()).families:
        request = alliance_map_pb2.GetAllianceMapRequest(parent=family.name)
        found = alliance.GetAllianceMap(request).alliance_map
        print(f"{family.display_name}: {found.sessions_held} sessions held")
        for row in found.rows:
            bonds = [cell.member_view.bond for cell in row.cells if cell.HasField("member_view")]
            print(f"  member {row.member[-6:]}:", *(f"bond {bond.value:.1f} of {bond.highest:.0f}" for bond in bonds))
