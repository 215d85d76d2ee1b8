"""What may stand in the configuration: the section app.yaml, and all five sections as one value.

The other four sections are the policy values the deciders are given (``model/policy*.py``). The attrs defaults are
the documented defaults, the terms the documented bounds; ``Configuration()`` is what five empty files mean: DRY_RUN,
read only, on the embedded exchange.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from attrs import field, frozen

from trader247.config.secrets import SecretReference
from trader247.model.mode import Mode
from trader247.model.policy import Policy
from trader247.model.policy_signals import Signals
from trader247.model.policy_strategies import StrategyTerms
from trader247.model.policy_terms import Term, bounded
from trader247.model.policy_universe import Universe

__all__ = [
    "SECTIONS",
    "App",
    "Configuration",
    "DatabaseTerms",
    "LogFormat",
    "LogLevel",
    "LogTerms",
    "Profile",
    "VenueKind",
    "VenueTerms",
    "WebTerms",
]


class VenueKind(StrEnum):
    """Where orders go: the simulated exchange inside the daemon, or Coinbase Advanced Trade."""

    EMBEDDED = "embedded"
    COINBASE = "coinbase"


class Profile(StrEnum):
    """A set of values for one temper of trading (``config/profiles.py``)."""

    CONSERVATIVE = "conservative"
    SWING = "swing"
    DAY = "day"


class LogFormat(StrEnum):
    """How log lines look; ``auto`` is human on a terminal and json elsewhere."""

    HUMAN = "human"
    JSON = "json"
    AUTO = "auto"


class LogLevel(StrEnum):
    """The least severe line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@frozen(field_transformer=bounded)
class VenueTerms:
    """Which exchange, and how it is reached. ``market``, ``speed``, ``seed`` and ``step_s`` are of the embedded one."""

    kind: Annotated[VenueKind, Term("The exchange orders go to; LIVE needs coinbase.", reload=False)] = (
        VenueKind.EMBEDDED
    )
    rest_url: Annotated[str, Term("REST address of the coinbase venue.", reload=False)] = "https://api.coinbase.com"
    stream_url: Annotated[str, Term("WebSocket address of the coinbase venue.", reload=False)] = (
        "wss://advanced-trade-ws.coinbase.com"
    )
    key: Annotated[
        SecretReference | None,
        Term("The API key file of the exchange, as a reference; LIVE needs it.", reload=False),
    ] = None
    portfolio: Annotated[
        str | None,
        Term("The portfolio (UUID) that the key has to belong to; silent means whichever it does.", reload=False),
    ] = None
    market: Annotated[str, Term("The embedded market: generated, or replay:PATH with recorded data.", reload=False)] = (
        "generated"
    )
    speed: Annotated[float, Term("Market seconds per real second.", "times", above=0, most=10_000, reload=False)] = 1.0
    seed: Annotated[int, Term("The same seed makes the same market.", least=0, most=2**63 - 1, reload=False)] = 247
    step_s: Annotated[
        float, Term("Market time between two steps of the generated market.", "s", least=0.1, most=3600, reload=False)
    ] = 1.0


@frozen(field_transformer=bounded)
class DatabaseTerms:
    """Where the journal is kept: a file in data_dir, or a database on a PostgreSQL server."""

    url: Annotated[
        str | None,
        Term(
            "postgresql+psycopg://USER@HOST/DATABASE, without a password; silent means a file in data_dir.",
            reload=False,
        ),
    ] = None
    password: Annotated[
        SecretReference | None, Term("The password of the user in url, as a reference.", reload=False)
    ] = None


@frozen(field_transformer=bounded)
class WebTerms:
    """The dashboard, the API and the metrics (requirement WEB1)."""

    enabled: Annotated[bool, Term("Whether the web face is served at all.", reload=False)] = True
    host: Annotated[str, Term("The address to bind; anything but loopback needs a token.", reload=False)] = "127.0.0.1"
    port: Annotated[int, Term("The port to bind; 0 takes any free one.", least=0, most=65_535, reload=False)] = 9247
    token: Annotated[
        SecretReference | None,
        Term(
            "The bearer token for what changes state; without one, web.token is made in data_dir at the first start.",
            reload=False,
        ),
    ] = None


@frozen(field_transformer=bounded)
class LogTerms:
    """What is logged, and how."""

    format: Annotated[LogFormat, Term("How a line looks; auto is human on a terminal, json elsewhere.")] = (
        LogFormat.AUTO
    )
    level: Annotated[LogLevel, Term("The least severe line written.")] = LogLevel.INFO


@frozen(field_transformer=bounded)
class App:
    """All of app.yaml."""

    mode: Annotated[
        Mode,
        Term("DRY_RUN decides and sends nothing; PAPER trades on the embedded exchange; LIVE is money.", reload=False),
    ] = Mode.DRY_RUN
    read_only: Annotated[
        bool, Term("While true, nothing is ever sent to a real exchange; LIVE needs false.", reload=False)
    ] = True
    data_dir: Annotated[
        str, Term("Folder of the database, the kill switch file and the control socket.", reload=False)
    ] = "data"
    profile: Annotated[
        Profile | None, Term("A set of values under those of the files; silent means the plain defaults.", reload=False)
    ] = None
    venue: VenueTerms = VenueTerms()
    database: DatabaseTerms = DatabaseTerms()
    web: WebTerms = WebTerms()
    log: LogTerms = LogTerms()
    memory_soft_mb: Annotated[
        int,
        Term(
            "Resident memory that is warned of; at half as much again the run halts, drains and ends with 5; 0 is off.",
            "MB",
            least=0,
            most=1_000_000,
            reload=False,
        ),
    ] = 1_024  # ten times an idle daemon; a replay holds its recording in memory
    shutdown_deadline_s: Annotated[
        float, Term("A stop that takes longer is ended the hard way.", "s", least=1, most=600, ceiling=120)
    ] = 30.0


@frozen(field_transformer=bounded)
class Configuration:
    """The whole effective configuration."""

    app: App = App()
    policy: Policy = field(factory=Policy)
    universe: Universe = field(factory=Universe)
    signals: Signals = field(factory=Signals)
    strategies: Annotated[
        Mapping[str, StrategyTerms], Term("Every strategy by its name; one that is not here, or not enabled, is off.")
    ] = field(factory=dict)


SECTIONS: Final = ("app", "policy", "universe", "signals", "strategies")
"""The five files, without ``.yaml``, in the order they are read and printed."""
