"""`fundwarden import`: send files to an installation, watch the job, fetch the error report."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, NoReturn

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

KINDS = ("settlements", "reversals", "stock", "institutions", "departments", "practitioners", "insured_persons")
MODES = ("good_rows", "all_or_nothing", "dry_run")
IMPORTS = "/intake/v1/imports"
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 120.0
"""How long an installation that does not answer is waited for while a job is watched."""

FAILED, REJECTED = 1, 3
"""Exit codes: nothing, or no more, was taken; and something was rejected. 0: everything was taken."""

_PHASES = {"reading": "读取 reading", "checking": "检查 checking", "storing": "写入 storing"}
_RETRIED = frozenset({429, 502, 503, 504})


class _Counted:
    """A file that shows how much of it was read."""

    def __init__(self, file: IO[bytes], progress: Progress, task: Any) -> None:
        self._file = file
        self._progress = progress
        self._task = task
        self.name = file.name

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._progress.advance(self._task, len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(1 << 16):
            yield data


def import_files(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or Parquet files.")],
    kind: Annotated[str, typer.Option(help=f"one of: {', '.join(KINDS)}")],
    mode: Annotated[str, typer.Option(help=f"one of: {', '.join(MODES)}")] = "all_or_nothing",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 Check everything, store nothing.")] = False,
    institution: Annotated[str | None, typer.Option(help="Institution of rows that name none.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(exists=True, help='列映射 JSON file: {"header": "field"}; "" leaves a column out.')
    ] = None,
    mapping_name: Annotated[str | None, typer.Option(help="Save the mapping, or use the one saved.")] = None,
    quarantine: Annotated[
        bool | None,
        typer.Option(
            "--quarantine/--no-quarantine",
            help="被拒的行存入隔离区 Keep rejected rows in the quarantine (good_rows); by default settlements.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where the error report goes, .csv or .xlsx; beside the file by default.")
    ] = None,
    url: Annotated[str, typer.Option(envvar="FUNDWARDEN_URL", help="Installation.")] = "http://127.0.0.1:8080",
    token: Annotated[
        str, typer.Option(envvar="FUNDWARDEN_TOKEN", help="Bearer token, see `fundwarden token issue`.")
    ] = "",
) -> None:
    """导入文件 Import files of settlements, stock movements or the registry; exit code 3 when rows were rejected."""
    if kind not in KINDS:
        raise typer.BadParameter(", ".join(KINDS), param_hint="--kind")
    if mode not in MODES:
        raise typer.BadParameter(", ".join(MODES), param_hint="--mode")
    if not token:
        raise typer.BadParameter("需要令牌 a token is needed (or FUNDWARDEN_TOKEN)", param_hint="--token")
    query = {
        "kind": kind,
        "mode": "dry_run" if dry_run else mode,
        "institution_code": institution,
        "mapping": None if mapping is None else _compact(mapping),
        "mapping_name": mapping_name,
        "quarantine": None if quarantine is None else str(quarantine).lower(),
    }
    console = Console()
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client, _telling(console):
        with _bar(console) as progress:
            job = _send(client, files, {key: value for key, value in query.items() if value is not None}, progress)
            job = _watch(client, job, progress)
        _show(console, job)
        if job["errors"]:
            path = report or files[0].with_name(f"{files[0].stem}.errors.csv")
            _fetch(client, job, path)
            console.print(f"错误报告 error report: {path}")
    if job["state"] != "done":
        raise typer.Exit(FAILED)
    if job["rejected"]:
        raise typer.Exit(REJECTED)


def _compact(path: Path) -> str:
    try:
        return json.dumps(json.loads(path.read_text("utf-8-sig")), ensure_ascii=False)
    except ValueError as error:
        raise typer.BadParameter("不是合法的 JSON not valid JSON", param_hint="--mapping") from error


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


@contextmanager
def _telling(console: Console) -> Iterator[None]:
    """Turn what the installation answers, or that it does not, into words and an exit code."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        _say(console, error.response)
    except httpx.HTTPError as error:
        console.print(f"[red]无法连接[/red] {type(error).__name__}: the installation does not answer")
        raise typer.Exit(FAILED) from error


def _say(console: Console, response: httpx.Response) -> NoReturn:
    response.read()
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    said = problem.get("detail") or problem.get("title") or ""
    console.print(f"[red]{response.status_code} {problem.get('code', '')}[/red] {said}")
    for field in problem.get("errors", problem.get("fields", [])):
        console.print(f"  {field}")
    raise typer.Exit(FAILED)


def _send(client: httpx.Client, files: list[Path], query: dict[str, str], progress: Progress) -> dict[str, Any]:
    size = sum(path.stat().st_size for path in files)
    task = progress.add_task("上传 sending, bytes", total=size)
    with ExitStack() as stack:
        parts = [
            ("file", (f"{number}", _Counted(stack.enter_context(path.open("rb")), progress, task)))
            for number, path in enumerate(files)
        ]
        answer = client.post(IMPORTS, params=query, files=parts)  # type: ignore[arg-type]
    answer.raise_for_status()
    progress.update(task, completed=size)
    job: dict[str, Any] = answer.json()
    return job


def _watch(client: httpx.Client, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Follow a job to its end; one that an installation cannot tell of for a while is asked for again."""
    tasks: dict[str, Any] = {}
    heard = time.monotonic()
    while True:
        phase = job["phase"]
        if phase is not None:
            if phase not in tasks:
                for task in tasks.values():
                    # A phase that is over stands at its end, however long ago it was looked at.
                    progress.update(task, completed=job["rows_total"], total=job["rows_total"])
                    progress.stop_task(task)
                tasks[phase] = progress.add_task(_PHASES.get(phase, phase), total=None)
            done = job["rows_read"] if phase == "reading" else job["rows_done"]
            progress.update(tasks[phase], completed=done, total=job["rows_total"])
        if job["finished_at"] is not None:
            return job
        time.sleep(POLL_SECONDS)
        try:
            answer = client.get(f"{IMPORTS}/{job['import_id']}")
            if answer.status_code not in _RETRIED:
                answer.raise_for_status()
                job = answer.json()
                heard = time.monotonic()
                continue
        except httpx.TransportError:
            pass
        if time.monotonic() - heard > PATIENCE_SECONDS:
            raise httpx.ReadTimeout("")


def _show(console: Console, job: dict[str, Any]) -> None:
    colour = "green" if job["state"] == "done" else "red"
    console.print(f"导入 import {job['import_id']}")
    table = Table(show_header=False)
    table.add_row("结果 state", f"[{colour}]{job['state']}[/{colour}]" + (" (dry run)" * (job["mode"] == "dry_run")))
    for label, key in (
        ("行 rows", "rows_read"),
        ("新收 taken", "created"),
        ("已有 taken before", "same"),
        ("存疑 doubtful", "doubtful"),
        ("未收 rejected", "rejected"),
        ("其中隔离 of these quarantined", "quarantined"),
        ("行/秒 rows/s", "rows_per_second"),
    ):
        table.add_row(label, f"{job[key] or 0:,.0f}")
    columns = job["columns"] or {}
    if columns.get("unknown"):
        table.add_row("未识别的列 unknown columns", "、".join(columns["unknown"]))
    if columns.get("unread"):
        table.add_row("未读的工作表 unread sheets", "、".join(columns["unread"]))
    for one in columns.get("numeric_codes", ()):
        table.add_row("数值编码 codes as numbers", f"{one['header']}: {one['cells']:,}（前导零可能丢失）")
    console.print(table)
    if job["refusal"] is not None:
        console.print(f"[red]{job['refusal']['message']}[/red] ({job['refusal']['code']})")


def _fetch(client: httpx.Client, job: dict[str, Any], path: Path) -> None:
    ending = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
    with client.stream("GET", f"{IMPORTS}/{job['import_id']}/errors.{ending}") as answer, path.open("wb") as file:
        answer.raise_for_status()
        for data in answer.iter_bytes():
            file.write(data)
