"""The command `fundwarden`: run the system, its single roles, and the operators' tools."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from services.components import COMPONENTS
from services.demo.command import demonstrate
from services.embedded import component_settings, embedded_system, migrate, start_database
from services.importing import import_files
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.dead_letters import discard, list_parked, replay
from services.kit.errors import ServiceError, TransientError
from services.kit.principal import ROLES
from services.kit.runner import run_process, stop_on_signals
from services.kit.settings import ProcessSettings
from services.kit.tokens import development_key_files, ensure_key_files, issue_token, read_signing_key
from services.kit.topics import apply_topics, read_topics
from services.processes import require_database, serve_services, work
from services.screening.use_cases.draft_rulebook import DraftRulebook
from services.screening.use_cases.import_points import FileReport, ImportPoints, PublishedFile
from services.tips.command import app as tips_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="医保基金监管 Fundwarden：智能审核、信用、举报。",
)
token_app = typer.Typer(no_args_is_help=True, help="签发令牌 Keys and bearer tokens of small installations.")
topics_app = typer.Typer(no_args_is_help=True, help="Kafka 主题 Topics.")
dlq_app = typer.Typer(no_args_is_help=True, help="死信 Dead letters.")
app.add_typer(token_app, name="token")
app.add_typer(topics_app, name="topics")
app.add_typer(dlq_app, name="dlq")
app.add_typer(tips_app, name="tips")
rulebook_app = typer.Typer(no_args_is_help=True, help="规则库 Rulebooks.")
app.add_typer(rulebook_app, name="rulebook")

console = Console()
errors = Console(stderr=True)

ServiceName = Annotated[str, typer.Argument(help=f"one of: {', '.join(COMPONENTS)}")]


@contextmanager
def telling() -> Iterator[None]:
    """Turn what a person can mend into words and exit code 1, instead of a traceback."""
    try:
        yield
    except ServiceError as error:
        errors.print(f"[red]{error.zh}[/red]\n{error.en} ({error.code})")
        raise typer.Exit(1) from error
    except TransientError as error:
        errors.print(f"[red]依赖的服务暂不可用[/red]\nSomething this needs is away for now ({error})")
        raise typer.Exit(1) from error
    except (OSError, asyncpg.PostgresError) as error:
        errors.print(f"[red]无法连接[/red]\nCannot be reached: {type(error).__name__}")
        raise typer.Exit(1) from error


def known(name: str) -> str:
    """Return a service's name; ends the command when there is no such service."""
    if name not in COMPONENTS:
        errors.print(f"[red]没有服务 {name}[/red]; one of: {', '.join(COMPONENTS)}")
        raise typer.Exit(2)
    return name


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
) -> None:
    """单机运行全部服务 Run everything in one process; state lies in `.fundwarden/` and survives a restart."""
    settings = ProcessSettings(log_format="console" if sys.stderr.isatty() else "json")
    changes = {"host": host, "port": port}
    settings = settings.model_copy(update={name: value for name, value in changes.items() if value is not None})
    server, url = start_database(settings)

    async def run() -> None:
        with stop_on_signals() as stop:
            async with embedded_system(settings, url) as system:
                console.print(
                    f"[green]已就绪 ready[/green] {system.base_url}/tips/  ·  API: {system.base_url}/intake/docs"
                )
                await stop.wait()

    try:
        run_process(run())
    finally:
        if server is not None:
            server.stop()


@app.command()
def serve(services: Annotated[list[str], typer.Argument(help="one or more services, or `all`")]) -> None:
    """运行 API 服务 Serve the HTTP API of one or more services."""
    names = list(COMPONENTS) if services == ["all"] else [known(name) for name in services]
    with telling():
        run_process(serve_services(names, ProcessSettings()))


@app.command("work")
def work_command(
    service: ServiceName,
    relay: Annotated[bool, typer.Option(help="Also publish what the service states.")] = True,
) -> None:
    """处理事件 Consume what a service listens to, over Kafka."""
    with telling():
        run_process(work(known(service), ProcessSettings(), relay=relay))


@app.command("relay")
def relay_command(service: ServiceName) -> None:
    """发布事件 Publish what a service states, over Kafka; a second relay of a service waits in line."""
    with telling():
        run_process(work(known(service), ProcessSettings(), consume=False))


@app.command("migrate")
def migrate_command(
    passwords: Annotated[
        Path | None, typer.Option(help="JSON file {service: password} for roles that log in by themselves.")
    ] = None,
) -> None:
    """升级数据库 Create roles and schemas where missing and bring them to the newest revision."""
    settings = ProcessSettings()
    given = TypeAdapter(dict[str, str]).validate_json(passwords.read_bytes()) if passwords else None
    with telling():
        require_database(settings)
        asyncio.run(migrate(settings.database_url.get_secret_value(), given))
    console.print("[green]数据库已是最新[/green] The schemas are at their newest revisions.")


@token_app.command("keys")
def token_keys() -> None:
    """生成签名密钥 Make the signing key and its JWKS in the state directory where there are none."""
    files = development_key_files(ProcessSettings().state_directory)
    ensure_key_files(files)
    console.print(str(files.jwks))


@token_app.command("issue")
def token_issue(
    role: Annotated[list[str], typer.Option(help=f"one of: {', '.join(ROLES)}")],
    subject: Annotated[str, typer.Option(help="who the token is for")],
    institution: Annotated[str | None, typer.Option(help="institution the holder is bound to")] = None,
    region: Annotated[str | None, typer.Option(help="region of the agency")] = None,
    practitioner: Annotated[str | None, typer.Option(help="practitioner the holder is")] = None,
    hours: Annotated[float, typer.Option(help="how long it holds")] = 8,
) -> None:
    """签发令牌 Sign a bearer token with the state directory's key and print it."""
    settings = ProcessSettings()
    try:
        token = issue_token(
            read_signing_key(development_key_files(settings.state_directory).signing_key),
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            subject=subject,
            roles=role,
            institution=institution,
            region=region,
            practitioner=practitioner,
            now=SystemClock().now(),
            lifetime=timedelta(hours=hours),
        )
    except (OSError, ValueError) as error:
        errors.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error
    sys.stdout.write(token + "\n")


@topics_app.command("apply")
def topics_apply(
    file: Annotated[Path, typer.Option(help="Declaration of the topics.")] = Path("deploy/topics.yaml"),
) -> None:
    """创建主题 Create the topics that are missing and bring the others to what the file says."""
    settings = ProcessSettings()
    with telling():
        changes = asyncio.run(
            apply_topics(
                settings.kafka,
                read_topics(file).prefixed(settings.kafka_prefix),
                replication=settings.kafka_replication,
            )
        )
    for change in changes:
        console.print(f"{change.topic}: {change.action}")
    console.print(f"[green]主题已就绪[/green] {len(changes)} changes")


def _database(service: str) -> Database:
    settings = ProcessSettings()
    require_database(settings)
    return Database(settings.database_url.get_secret_value(), known(service), pool_size=1)


@app.command("pseudonym-key")
def pseudonym_key() -> None:
    """显示假名密钥 Print the key of pseudonyms, for processes that answer pre-checks; it is a secret."""
    settings = component_settings(COMPONENTS["intake"], ProcessSettings())

    async def run() -> bytes:
        require_database(settings)
        async with COMPONENTS["intake"].open_resources(settings) as resources:
            key: bytes = resources.pseudonym_key  # type: ignore[attr-defined]
            return key

    with telling():
        console.print(asyncio.run(run()).hex())


@dlq_app.command("list")
def dlq_list(service: ServiceName) -> None:
    """列出死信 List the events a service has set aside."""
    with telling():
        letters = asyncio.run(list_parked(_database(service)))
    table = Table("event", "type", "错误 error", "code", "trace", "parked at", title=f"死信 dead letters · {service}")
    for letter in letters:
        table.add_row(
            str(letter.event_id),
            letter.type,
            letter.error_class,
            letter.error_code,
            letter.trace_id or "",
            letter.parked_at.isoformat(timespec="seconds"),
        )
    console.print(table)


@dlq_app.command("replay")
def dlq_replay(service: ServiceName, event: Annotated[UUID, typer.Argument(help="event id")]) -> None:
    """重放 Deliver a parked event to its service once more."""
    with telling():
        asyncio.run(replay(_database(service), event))
    console.print("[green]已重放[/green] replayed")


@dlq_app.command("discard")
def dlq_discard(service: ServiceName, event: Annotated[UUID, typer.Argument(help="event id")]) -> None:
    """放弃 Give a parked event up; it stays in the table."""
    with telling():
        asyncio.run(discard(_database(service), event))
    console.print("[green]已放弃[/green] discarded")


app.command("import")(import_files)


@rulebook_app.command("import")
def rulebook_import(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="XLSX or CSV as published")],
    version: Annotated[str, typer.Option(help="Draft to import into.")],
    published_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of publication.")],
    by: Annotated[str, typer.Option(help="Who imports; this person may not activate the rulebook.")],
    copy_of: Annotated[str | None, typer.Option(help="Draft the version from this one first.")] = None,
    rule: Annotated[str | None, typer.Option(help="Rule code; told by headers when left out.")] = None,
) -> None:
    """导入知识点 Import published knowledge points into a draft; the newest publication of a code wins."""
    database, clock = _database("screening"), SystemClock()

    async def run() -> list[FileReport]:
        try:
            if copy_of is not None:
                await DraftRulebook(database, clock).copy(copy_of, version, author=by)
            return await ImportPoints(database, clock)(
                version,
                [PublishedFile(file.name, file.read_bytes()) for file in files],
                published_on=published_on.date(),
                by=by,
                rule_code=rule,
            )
        finally:
            await database.close()

    with telling():
        reports = asyncio.run(run())
    table = Table(
        "文件 file", "规则 rule", "points", "codes", "新 new", "替换 replaced", "待确认 waiting", "拒收 refused"
    )
    for report in reports:
        numbers = (report.points, report.codes, report.added, report.replaced, report.waiting, report.refused)
        table.add_row(report.file, report.rule_code, *map(str, numbers))
    console.print(table)
    for report in reports:
        for note in report.notes:
            console.print(f"{report.file}: {note}")
        for one in report.refusals[:20]:
            console.print(f"{report.file} · {one['sheet']} · {one['row']} {one['column']}: {one['zh']} {one['en']}")


app.command("demo")(demonstrate)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
