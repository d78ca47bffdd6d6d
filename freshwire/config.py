"""The configuration: one TOML file and the environment, checked as a whole before anything starts.

FRESHWIRE_<KEY> sets a key, FRESHWIRE_<SECTION>__<KEY> one of a section; the environment wins.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from freshwire.config_source import Section, SourceConfig

PREFIX = "FRESHWIRE_"

#: Variables of ours that are not configuration: where the file is, and what the tests read.
OTHER_VARIABLES = ("FRESHWIRE_CONFIG", "FRESHWIRE_TEST_")

#: What a variable that takes more than a word looks like, by the kind of error without it.
_JSON_WANTED = {
    "tuple_type": 'a list, like ["a", "b"]',
    "model_type": 'an object, like {"key": "value"}',
}


class BadConfig(Exception):
    """The configuration cannot be used; `problems` has one sentence for each thing wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _switch(value: object) -> object:
    return {"on": True, "off": False}.get(str(value).lower(), value)


def _folder(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"{value} names the home of nobody") from error


class _Environment(EnvSettingsSource):
    """The variables; one that should be JSON and is not goes to the validation as it is."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """The JSON value, or `value` itself, which is then told with all else that is wrong."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


Switch = Annotated[bool, BeforeValidator(_switch)]
Folder = Annotated[Path, AfterValidator(_folder)]


class FetchConfig(Section):
    """How feeds and articles are fetched."""

    #: let sources reach private and loopback addresses
    allow_private: bool = False
    #: how a publisher can reach the operator: a URL or an e-mail address, sent with each request
    contact: str = ""


class EmbeddingConfig(Section):
    """What turns text into vectors."""

    #: "hashing" needs no model and knows no synonyms: for tests and benchmarks
    model: Literal["all-MiniLM-L6-v2-int8", "hashing"] = "all-MiniLM-L6-v2-int8"


class ServiceConfig(Section):
    """The HTTP service."""

    #: names by which it may be addressed, beyond localhost and the address it listens on
    hosts: tuple[str, ...] = ()


class Config(BaseSettings):
    """Everything that can be configured."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)  # type: ignore[assignment]

    #: everything Freshwire writes is below it
    home: Folder = Path("~/.local/share/freshwire").expanduser()
    host: str = "127.0.0.1"
    port: int = Field(8787, ge=1, le=65535)
    #: follow the stream that ships with the project
    samples: Switch = True
    #: follow the list of public feeds
    default_feeds: Switch = True
    fetch: FetchConfig = FetchConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    service: ServiceConfig = ServiceConfig()
    source: tuple[SourceConfig, ...] = ()

    @field_validator("host")
    @classmethod
    def _loopback(cls, host: str) -> str:
        try:
            loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(
                f"{host!r} is not a loopback address; the service has no keys yet, so it listens "
                "on 127.0.0.1 or ::1 only (put a proxy that authenticates in front of it)"
            )
        return host

    @field_validator("source")
    @classmethod
    def _distinct(cls, sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"more than one source is named {', '.join(twice)}")
        return sources

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before what the file gave."""
        environment = _Environment(
            settings_cls, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
        )
        return environment, init_settings

    @property
    def index(self) -> Path:
        """The folder of the embedded index."""
        return self.home / "index"

    @property
    def state(self) -> Path:
        """The SQLite file with everything small."""
        return self.home / "state.db"

    @property
    def models(self) -> Path:
        """Where the embedding model's files are laid together."""
        return self.home / "models"

    @property
    def url(self) -> str:
        """Where the service of this configuration answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def load() -> Config:
    """The configuration of this process. Raises BadConfig with everything that is wrong."""
    file, values = _read_file()
    problems = _unknown_variables(os.environ)
    try:
        config = Config(**values)
    except ValidationError as error:
        problems += [_sentence(detail, values, file) for detail in error.errors()]
    if problems:
        raise BadConfig(list(dict.fromkeys(problems)))
    return config


def config_file() -> Path | None:
    """The TOML file: FRESHWIRE_CONFIG, else freshwire.toml in the home folder, if there is one."""
    named = os.environ.get("FRESHWIRE_CONFIG")
    if named:
        return Path(os.path.expanduser(named))
    home = os.path.expanduser(os.environ.get("FRESHWIRE_HOME") or "~/.local/share/freshwire")
    file = Path(home) / "freshwire.toml"
    return file if file.is_file() else None


def _read_file() -> tuple[Path | None, dict[str, Any]]:
    file = config_file()
    if file is None:
        return None, {}
    try:
        return file, tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfig([f"{file} cannot be read: {error}"]) from error


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each FRESHWIRE_ variable that sets nothing; most are slips of the pen."""
    known = set()
    for name, field in Config.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            known |= {f"{PREFIX}{name}__{key}".upper() for key in section.model_fields}
        known.add(f"{PREFIX}{name}".upper())
    return [
        _unknown_variable(name)
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not name.startswith(OTHER_VARIABLES)
    ]


def _unknown_variable(name: str) -> str:
    return f"environment: {name} is not known; `freshwire config show` lists every key"


def _sentence(detail: Any, values: Mapping[str, Any], file: Path | None) -> str:
    """Where it stands, and what is wrong with it."""
    path = [str(part) for part in detail["loc"]]
    variable = PREFIX + "__".join(path).upper()
    where = variable if variable in os.environ else f"{file or 'configuration'}: {'.'.join(path)}"
    if detail["type"] == "extra_forbidden":
        if variable in os.environ:
            return _unknown_variable(variable)
        return f"{where} is not a known key"
    if variable in os.environ and detail["type"] in _JSON_WANTED:
        return f"{where} must be JSON: {_JSON_WANTED[detail['type']]}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"
