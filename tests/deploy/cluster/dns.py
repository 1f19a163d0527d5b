"""The cluster's DNS: a thread that answers over UDP at the gateway's address."""
import socket
import threading

from . import services


class Dns:
    """`look_up(name)`: addresses, or None when there is no such name; called on the thread of this server."""

    def __init__(self, address, look_up):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._look_up = look_up
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            query, asker = self._socket.recvfrom(1500)
            if not query:
                return
            try:
                self._socket.sendto(services.answer(query, self._look_up), asker)
            except (IndexError, OSError):
                pass  # not a query, or nobody waits any more

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()
