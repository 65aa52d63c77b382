"""A server of the visitor's own: its address and key are typed in on the page, tried, and kept for this visit only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic import PrivateAttr

from redstar_geo.errors import InputError
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.events import first_model
from redstar_geo.generation.served import ServedStream


class OwnServer(ServerAddress):
    """A server whose key comes from a person; it is no field, so that it stands in no record, message or log."""

    _key: str = PrivateAttr("")

    @classmethod
    def at(cls, address: str, key: str = "") -> OwnServer:
        """The server at an address as people write it: `localhost:8000` is `http://localhost:8000/v1`.

        Raises:
            InputError: it is no address of a server.
        """
        address = address.strip()
        whole = address if "://" in address else f"http://{address}"
        try:
            place = urlsplit(whole)
            usable = place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
        except ValueError:
            usable = False
        if not usable or any(sign.isspace() for sign in whole):
            raise InputError(
                f"{address[:100]!r} is no address of a server. Write it like http://localhost:8000/v1 or "
                "https://name.example/v1."
            )
        server = cls(url=whole if place.path.strip("/") else f"{whole.rstrip('/')}/v1")
        server._key = key.strip()
        return server

    def headers(self) -> dict[str, str]:
        """See `ServerAddress.headers`."""
        return {"Authorization": f"Bearer {self._key}"} if self._key else super().headers()


async def connected(address: str, key: str) -> Any:
    """The first model of the server at an address.

    Raises:
        InputError: it is no address, no model answers there, or the key is refused; in the server's words.
    """
    server = OwnServer.at(address, key)
    return ServedStream(await first_model(server), server)
