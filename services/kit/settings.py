"""Settings every process reads once at its start, from environment variables named ``FUNDWARDEN_…``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """What every role of every service needs; each service's own class adds its fields."""

    model_config = SettingsConfigDict(env_prefix="FUNDWARDEN_", frozen=True, extra="ignore")

    state_directory: Path = Field(
        default=Path(".fundwarden"),
        description="Folder of the embedded installation: PostgreSQL's data, development keys, reports.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="PostgreSQL address, `postgresql://user:password@host:port/database`. Empty: the embedded server.",
    )
    database_pool_size: int = Field(
        default=10, ge=1, le=200, description="Most connections one process keeps to PostgreSQL for one service."
    )
    bus: Literal["direct", "kafka"] = Field(
        default="direct",
        description="How facts travel between services: `direct` inside one process, `kafka` between processes.",
    )
    kafka: str = Field(
        default="", description="Kafka bootstrap servers, `host:port,host:port`; needed when the bus is Kafka."
    )
    kafka_replication: int = Field(
        default=1, ge=1, le=7, description="Replicas of each topic that `fundwarden topics apply` creates."
    )
    kafka_prefix: str = Field(
        default="",
        pattern=r"^([a-z0-9_-]+\.)?$",
        description="Put before every topic and consumer group, so that installations can share one cluster.",
    )
    relay_batch: int = Field(default=500, ge=1, le=10_000, description="Most facts the relay publishes in one step.")
    consumer_batch: int = Field(
        default=500, ge=1, le=10_000, description="Most facts a consumer handles in one transaction."
    )
    inbox_retention_days: int = Field(
        default=30,
        ge=1,
        description="Days for which a consumer remembers the facts it has handled; must exceed Kafka's retention.",
    )
    otlp_endpoint: str = Field(
        default="",
        description="OTLP/HTTP endpoint for traces and logs, such as `http://collector:4318`. Empty: no export.",
    )
    trace_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of new traces that are recorded (parents decide for children)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level that is logged."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Form of a log line.")
    jwks: str = Field(
        default="",
        description="JWKS that bearer tokens are verified against: a file path or an `https://` address. "
        "Empty: the development keys of the state directory.",
    )
    jwt_issuer: str = Field(default="fundwarden", description="Issuer (`iss`) a token must name.")
    jwt_audience: str = Field(default="fundwarden", description="Audience (`aud`) a token must name.")
    max_body_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        description="Largest request body, in bytes, where a route sets no bound of its own.",
    )
    host: str = Field(default="127.0.0.1", description="Address a server process listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port a server process listens on.")
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port on which a worker or relay serves its metrics and health; 0: none."
    )
    development: bool = Field(
        default=False,
        description="Make missing keys in the state directory instead of refusing to start; set by `fundwarden "
        "up`, never in production.",
    )
