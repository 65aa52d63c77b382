"""Where a model is served: the addresses of OpenAI-compatible servers, and how patiently they are asked."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pydantic import Field, PrivateAttr

from redstar_geo.errors import InputError
from redstar_geo.recipe import Section


class ServerAddress(Section):
    """An OpenAI-compatible server: base URL up to `/v1`, and the environment variable that holds its key.

    `weight` is its share of the work; it gets `start` requests at once in the beginning and `most` at the most. A login
    in the URL (`https://user:password@host`) goes with each request and stands nowhere else: it is no part of `url`.
    """

    url: str
    weight: float = Field(default=1.0, gt=0)
    key_env: str | None = None
    start: int = Field(default=32, gt=0)
    most: int = Field(default=512, gt=0)

    _login: str | None = PrivateAttr(None)

    def model_post_init(self, _: Any) -> None:
        scheme, separator, rest = self.url.partition("://")
        authority, slash, path = rest.partition("/")
        login, at, host = authority.rpartition("@")
        if at:
            self.__dict__["url"] = f"{scheme}{separator}{host}{slash}{path}"
            self._login = b64encode(unquote(login).encode()).decode()

    @property
    def base(self) -> str:
        return self.url.rstrip("/")

    def headers(self) -> dict[str, str]:
        """Authorisation from the environment.

        Raises:
            InputError: the variable is not set.
        """
        if self.key_env is None:
            return {} if self._login is None else {"Authorization": f"Basic {self._login}"}
        key = os.environ.get(self.key_env)
        if not key:
            raise InputError(
                f"The key of {self.base} is to come from the environment variable {self.key_env}, which is not set. "
                f"Set it (export {self.key_env}=…); keys never go into a recipe."
            )
        return {"Authorization": f"Bearer {key}"}


class Endpoint(Section):
    """Where a model is served, and how long requests are tried.

    Attributes:
        extra_body: goes into each request as it is; null leaves out what a server does not take.
        deadline_s: of one request, in seconds.
        attempts: how often a request is tried before it ends in a named failure.
        give_up_s: the run stops when no server has answered for so long; what is stored stays.
    """

    servers: list[ServerAddress] = Field(min_length=1)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    deadline_s: float = Field(default=900.0, gt=0)
    attempts: int = Field(default=8, gt=0)
    give_up_s: float = Field(default=600.0, gt=0)


def with_extra(request: Mapping[str, Any], extra_body: Mapping[str, Any]) -> dict[str, Any]:
    """A request with what the recipe adds to it, and without what it leaves out by null."""
    left_out = {name for name, value in extra_body.items() if value is None}
    return {name: value for name, value in {**request, **extra_body}.items() if name not in left_out}
