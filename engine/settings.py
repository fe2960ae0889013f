"""What an operator may choose, read from the environment and checked once, at start."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic import field_validator as check
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from connectors.addresses import Targets
from engine.mail_server import MailServer, mail_address

PREFIX = "FORMWIRE_"
SECRET_CHARACTERS = 32
TOKEN_CHARACTERS = 16
# A socket's path fits 108 bytes on Linux and 104 on macOS, the closing zero included.
SOCKET_PATH_BYTES = 100


class SettingsError(Exception):
    """The environment asks for what cannot be. ``problems`` has one line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def usable_folder(folder: Path) -> Path:
    """``folder`` as an absolute path, made (private) when it is not there. Raises ValueError."""
    folder = folder.expanduser().resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ValueError(f"{folder} cannot be written ({error.strerror})") from error


Port = Annotated[int, Field(ge=1, le=65535, description="a port from 1 to 65535")]
Folder = Annotated[Path, AfterValidator(usable_folder)]
Level = Annotated[
    Literal["debug", "info", "warning", "error"],
    BeforeValidator(lambda value: str(value).lower()),
]


class Settings(BaseSettings):
    """Each field is the environment variable of its name in capitals after ``FORMWIRE_``.

    A field's description is the remedy that an operator is told. Only `load_settings` reads the
    environment; to build Settings by hand reads nothing but the data folder's secret key.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, validate_default=True)

    data_dir: Folder = Field(Path("var"), description="a folder that this user may write to")
    host: str = Field("127.0.0.1", description="the address to listen on, such as 0.0.0.0 or ::")
    port: Port = 8000
    simulator_port: Port = 9100
    public_url: str = Field("", description="the address people see, as https://forms.example.org")
    database_url: str = Field(
        "",
        repr=False,
        description="sqlite:////absolute/path.db or postgresql://user:password@host/name",
    )
    redis_url: str = Field(
        "", repr=False, description="redis://host:6379/0, rediss://host:6379/0 or unix:///socket"
    )
    secret_key: str = Field(
        "", repr=False, description=f"{SECRET_CHARACTERS} or more random characters"
    )
    old_secret_keys: str = Field(
        "", repr=False, description="earlier secret keys, with commas or blanks between them"
    )
    smtp_url: str = Field(
        "",
        repr=False,
        description="smtp://user:password@host:587 (with STARTTLS) or smtps://user:password@host:465",
    )
    mail_from: str = Field("", description="the sender of our mail, as formwire@example.org")
    settle_s: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="seconds, or leave it out"
    )
    workers: int = Field(2, ge=1, le=64, description="a number of worker processes, 1 to 64")
    web_processes: int = Field(2, ge=1, le=64, description="a number of web processes, 1 to 64")
    web_threads: int = Field(8, ge=1, le=256, description="threads per web process, 1 to 256")
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="how many proxies of your own stand in front, 0 to 10"
    )
    metrics_token: str = Field(
        "", repr=False, description=f"{TOKEN_CHARACTERS} or more random characters, or leave it out"
    )
    private_targets: str = Field(
        "",
        description="networks, addresses and hosts between commas, as 127.0.0.1,10.0.0.0/8,crm.lan",
    )
    log_level: Level = Field("info", description="debug, info, warning or error")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @check("public_url")
    @classmethod
    def _reachable(cls, url: str, info: ValidationInfo) -> str:
        if not url:
            return local_url(info.data.get("host", ""), info.data.get("port", 0))
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("this is no address of a website")
        return url.rstrip("/")

    @check("database_url")
    @classmethod
    def _known_database(cls, text: str, info: ValidationInfo) -> str:
        try:
            url = make_url(text or f"sqlite:///{info.data.get('data_dir', '/')}/formwire.db")
        except ArgumentError as error:
            raise ValueError("this is no address of a database") from error
        return _with_driver(url).render_as_string(hide_password=False)

    @check("redis_url")
    @classmethod
    def _known_redis(cls, url: str, info: ValidationInfo) -> str:
        if not url:
            return _socket_url(_valkey_socket(info.data.get("data_dir", Path("/"))))
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path):
            raise ValueError("this is no address of a Redis or Valkey")
        return url

    @check("secret_key")
    @classmethod
    def _long_enough(cls, key: str, info: ValidationInfo) -> str:
        if not key and "data_dir" in info.data:
            key = _kept_secret(kept_secret_file(info.data["data_dir"]))
        if key and len(key) < SECRET_CHARACTERS:
            raise ValueError(f"{len(key)} characters are too few")
        return key

    @check("metrics_token")
    @classmethod
    def _not_guessed(cls, token: str) -> str:
        if token and len(token) < TOKEN_CHARACTERS:
            raise ValueError(f"{len(token)} characters are too few")
        return token

    @check("old_secret_keys")
    @classmethod
    def _and_those_kept(cls, keys: str, info: ValidationInfo) -> str:
        file = kept_secret_file(info.data.get("data_dir", Path("/")))
        kept = file.read_text().split() if info.data.get("secret_key") and file.exists() else []
        if kept and kept[0] == info.data["secret_key"]:
            keys = " ".join([keys, *kept[1:]])
        return " ".join(keys.replace(",", " ").split())

    @property
    def secret_keys(self) -> list[str]:
        """The key that encrypts, then those that may only decrypt."""
        return [self.secret_key, *self.old_secret_keys.split()]

    @check("smtp_url")
    @classmethod
    def _known_mail_server(cls, url: str) -> str:
        if url:
            MailServer.parse(url)
        return url

    @check("mail_from")
    @classmethod
    def _sender(cls, sender: str, info: ValidationInfo) -> str:
        if sender:
            return mail_address(sender)
        if info.data.get("smtp_url"):
            raise ValueError(f"{PREFIX}SMTP_URL is set, so mail needs a sender")
        return ""

    @check("private_targets")
    @classmethod
    def _known_targets(cls, text: str) -> str:
        Targets.parse(text)
        return text

    @property
    def mail_server(self) -> MailServer | None:
        """Where our mail goes out; None when there is none."""
        return MailServer.parse(self.smtp_url) if self.smtp_url else None

    @property
    def targets(self) -> Targets:
        """Where calls may go beside the public Internet."""
        return Targets.parse(self.private_targets)

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens."""
        return _valkey_socket(self.data_dir)

    @property
    def embeds_valkey(self) -> bool:
        """Whether the queue is our own Valkey, not one that the operator named."""
        return self.redis_url == _socket_url(self.valkey_socket)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment asks for. Raises SettingsError with every mistake."""
    source = EnvSettingsSource(Settings, env_prefix=PREFIX)
    given = os.environ if environ is None else environ
    source.env_vars = {name.lower(): value for name, value in given.items() if value}
    try:
        return Settings(**source())
    except ValidationError as error:
        raise SettingsError([_problem(mistake) for mistake in error.errors()]) from None


def local_url(host: str, port: int) -> str:
    """How a browser on this machine reaches a server that listens on ``host`` and ``port``."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def kept_secret_file(data_dir: Path) -> Path:
    """Where keys are kept that the environment does not name: one a line, the newest first."""
    return data_dir / "secret_key"


def new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _problem(mistake: Mapping[str, Any]) -> str:
    name = str(mistake["loc"][0])
    message = mistake["msg"].removeprefix("Value error, ")
    return (
        f"{PREFIX}{name.upper()}: {message}. Set it to {Settings.model_fields[name].description}."
    )


def _with_driver(url: URL) -> URL:
    """``url`` with the driver that we ship, and an SQLite file's path made absolute."""
    match url.get_backend_name():
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise ValueError("a database in memory would forget every submission")
            return url.set(drivername="sqlite", database=str(Path(url.database).resolve()))
        case "postgresql" | "postgres":
            if importlib.util.find_spec("psycopg") is None:
                raise ValueError("PostgreSQL needs its driver (pip install 'formwire[postgres]')")
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other} is not supported")


def _valkey_socket(data_dir: Path) -> Path:
    socket = data_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(socket)) <= SOCKET_PATH_BYTES:
        return socket
    short = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"formwire-{os.getuid()}-{short}" / "valkey.sock"


def _socket_url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def _kept_secret(path: Path) -> str:
    """The newest secret in the file ``path``, drawn at first. Processes that start together agree on it."""
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:  # mode 0600
                draft.write(new_secret_key())
                draft.flush()
                os.fsync(draft.fileno())
                with suppress(FileExistsError):
                    os.link(draft.name, path)
        if path.stat().st_mode & 0o077:
            raise ValueError(f"other users can read {path} (mend it with: chmod 600 {path})")
        return next(iter(path.read_text().split()), "")
    except OSError as error:
        raise ValueError(f"{path} cannot be used ({error.strerror})") from error
