"""Calls the probe service as a stock client with the shipped service config; prints the code.

  service_config_client.py HOST:PORT CONFIG AUTHORIZATION

CONFIG names the suite's services; the probe gets what holds for most of their methods.
"""
import json
import sys

import grpc

address, path, authorization = sys.argv[1:]
with open(path) as file:
    config = json.load(file)
config["methodConfig"][0]["name"].append({"service": "rapport.rpcprobe.v1.ProbeService"})
options = [("grpc.service_config", json.dumps(config))]
with grpc.insecure_channel(address, options=options) as channel:
    echo = channel.unary_unary("/rapport.rpcprobe.v1.ProbeService/Echo")
    try:
        echo(b"", metadata=[("authorization", authorization)])
        print("OK")
    except grpc.RpcError as error:
        print(error.code().name)
