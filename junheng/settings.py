"""Every setting of an installation: one environment variable each, ``JUNHENG_…``.

``python -m junheng.settings`` writes docs/engineering/settings.md.
"""

from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from junheng.home import PROJECT
from publish.language import say
from publish.targets import TARGETS

PAGE = PROJECT / "docs" / "engineering" / "settings.md"


class Settings(BaseSettings):
    """What can be set, and what holds where nothing is."""

    model_config = SettingsConfigDict(env_prefix="JUNHENG_", extra="ignore", env_ignore_empty=True)

    home: str = Field("data", description="Root of the installation: landing, store, published …")
    lang: str = Field("", description="zh or en; default: the locale's language")
    memory: str = Field("3GiB", description="Memory of a run, for DuckDB; more is spilled to disk")
    shared: str = Field(
        "", description="Object store that holds store/ and bronze/: s3://bucket/folder; default: the home itself"
    )
    objects: str = Field("", description="Where target objects puts what is published: s3://bucket/folder")
    engine: str = Field(
        "duckdb", description="What builds the figures of a whole night: duckdb, or spark (many-machines.md)"
    )
    spark_master: str = Field("local[*]", description="Spark's master: spark://host:7077, or local[*], this machine")
    persons_kept_days: int = Field(
        730, ge=0, description="Days that delivered registers of persons stay in store/; 0: for good"
    )
    pages: bool = Field(True, description="Whether a night writes the pages of reports/pages/")
    documents: bool = Field(
        False, description="Whether a night also writes the documents of reports/documents/, of counties that changed"
    )
    serve: str = Field("", description="Targets beside the published file, by commas: postgres, parquet, objects")
    postgres: str = Field("", description="Address of the PostgreSQL server: postgresql://user@host/database")
    postgres_password: SecretStr = Field(
        SecretStr(""), description="Its password, any characters; else libpq finds one (PGPASSWORD, ~/.pgpass)"
    )
    bi_login: str = Field("junheng_dashboards", description="Login that `junheng bi` reads the server as")
    notice_webhook: str = Field("", description="Address of the group's robot, WeCom or DingTalk")
    notice_smtp: str = Field("", description="Mail server: smtp://user@host:587 or smtps://user@host:465")
    notice_password: SecretStr = Field(SecretStr(""), description="Its password")
    notice_to: str = Field("", description="Recipients, by commas")
    notice_from: str = Field("", description="Sender; default: the first recipient")
    openlineage_url: str = Field("", description="Collector of OpenLineage events: http://host:5000; none by default")
    openlineage_key: SecretStr = Field(SecretStr(""), description="Its API key, where it wants one")

    @field_validator("serve")
    @classmethod
    def _known_targets(cls, text: str) -> str:
        if wrong := {name.strip() for name in text.split(",") if name.strip()} - TARGETS.keys():
            raise ValueError(
                say(
                    f"JUNHENG_SERVE 应为 {'、'.join(TARGETS)}，可写几个，不是 {'、'.join(sorted(wrong))}。",
                    f"JUNHENG_SERVE: {', '.join(TARGETS)}, one or more; not {', '.join(sorted(wrong))}",
                )
            )
        return text

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, text: str) -> str:
        if text not in ("duckdb", "spark"):
            raise ValueError(
                say(
                    f"JUNHENG_ENGINE 应为 duckdb 或 spark，不是 {text}。",
                    f"JUNHENG_ENGINE: duckdb or spark; not {text}",
                )
            )
        return text

    @field_validator("openlineage_url")
    @classmethod
    def _web_address(cls, text: str) -> str:
        if text and urlsplit(text).scheme not in ("http", "https"):
            raise ValueError("JUNHENG_OPENLINEAGE_URL: http:// or https://")
        return text

    @model_validator(mode="after")
    def _server_named(self) -> "Settings":
        if "postgres" in self.targets and not self.postgres:
            raise ValueError(
                say(
                    "JUNHENG_SERVE=postgres 还需要 JUNHENG_POSTGRES=postgresql://junheng_loader@host/database。",
                    "JUNHENG_SERVE=postgres needs JUNHENG_POSTGRES=postgresql://junheng_loader@host/database as well.",
                )
            )
        if "objects" in self.targets and not self.objects:
            raise ValueError(
                say(
                    "JUNHENG_SERVE=objects 还需要 JUNHENG_OBJECTS=s3://bucket/folder。",
                    "JUNHENG_SERVE=objects needs JUNHENG_OBJECTS=s3://bucket/folder as well.",
                )
            )
        # Within an address, some characters of a password would mean something else.
        if self.postgres and (password := self.postgres_password.get_secret_value()):
            parts = urlsplit(self.postgres)
            user, _, where = parts.netloc.rpartition("@")
            netloc = f"{user.partition(':')[0]}:{quote(password, safe='')}@{where}"
            self.postgres = urlunsplit(parts._replace(netloc=netloc))
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of the targets that the marts are copied to, in the order of the registry."""
        wanted = {name.strip() for name in self.serve.split(",")}
        return tuple(name for name in TARGETS if name in wanted)


def settings() -> Settings:
    """Return the settings as the environment has them now.

    Raises:
        ValueError: one of them is none that is allowed; says which, and what would be right.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [str(e.get("ctx", {}).get("error", f"{e['loc']}: {e['msg']}")) for e in error.errors()]
        raise ValueError("\n".join(problems)) from None


def page() -> str:
    """Return the settings as a Markdown page."""
    lines = [
        "# Settings",
        "",
        "Environment variables; what is not set has its default. Passwords never stand in a file of the project.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if isinstance(field.default, SecretStr) else field.default
        lines.append(f"| `JUNHENG_{name.upper()}` | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
