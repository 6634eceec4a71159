"""Run imports: one job at a time, resumable, and never by two processes at once.

A process takes a job by a lease that it prolongs as it goes on. Every transaction that takes something first makes sure
that the lease is still its own, so one that was thought dead and is not takes nothing more.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from services.intake import telemetry
from services.intake.domain.imports.layout import Refused
from services.intake.storage import import_contents, imports
from services.intake.storage.imports import Job, Phase, State
from services.intake.use_cases.imports.chunks import Chunk, Chunks, settle
from services.intake.use_cases.imports.open_files import OpenFiles
from services.intake.use_cases.imports.target import Outcome, Target, Targets
from services.intake.use_cases.quotas import Quotas
from services.intake.use_cases.watch_backlog import WatchBacklog
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.sealing import Sealer, UnknownSealError
from services.kit.telemetry import span
from services.kit.transient import is_transient

_log = structlog.get_logger("services.intake.imports")

MOST_ATTEMPTS = 5
"""Times that a job is begun anew without getting any further."""
RETRY_AFTER = timedelta(seconds=10)
NOTED_SECONDS = 0.5
"""How often progress is noted where no transaction does so by itself."""
PAUSE_SECONDS = 0.5


ON_QUOTA = frozenset({"settlements", "reversals", "stock"})
"""Kinds whose entries count against their owner's quota, as they do when they are posted; the registry's do not."""


class _Ended(Exception):  # noqa: N818 - ends a run in good order
    """The job is not to be run any further."""


class _LeaseLost(_Ended):
    """Somebody else has taken the job over."""


class _Cancelled(_Ended):
    """The caller wants it to end."""


class _Stopping(_Ended):
    """The process is about to stop."""


class _UndoneError(Exception):
    """Rolls a transaction back that was only to be tried."""


class RunImports:
    """Runs the jobs that wait."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        watch_backlog: WatchBacklog,
        targets: Targets,
        *,
        directory: Path,
        lease: timedelta,
        chunk: int,
        most_rows: int,
        most_rows_at_once: int,
        most_unpacked: int,
        most_errors: int,
        quotas: Quotas,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._watch_backlog = watch_backlog
        self._targets = targets
        self._directory = directory
        self._lease = lease
        self._chunk = chunk
        self._most_rows = most_rows
        self._most_rows_at_once = most_rows_at_once
        self._most_unpacked = most_unpacked
        self._most_errors = most_errors
        self._quotas = quotas
        self._noted = 0.0

    async def __call__(self, stop: asyncio.Event | None = None) -> bool:
        """Take the oldest job that nobody runs and run it; False when there is none."""
        stop = stop or asyncio.Event()
        now = self._clock.now()
        async with self._database.transaction() as session:
            job = await imports.claim(session, new_id(), now=now, until=now + self._lease)
            if job is not None and job.mode != "good_rows":
                # Nothing of it was kept but what was found; it is begun anew.
                await import_contents.forget_errors(session, job.job_id)
        if job is None:
            return False
        with span(telemetry.IMPORT_SPAN, parent=job.traceparent, attributes={"import.kind": job.kind}):
            await self._run(job, stop)
        return True

    async def _run(self, job: Job, stop: asyncio.Event) -> None:
        files = OpenFiles(
            self._database,
            self._sealer,
            self._directory,
            most_rows=self._most_rows,
            most_unpacked=self._most_unpacked,
        )
        try:
            state = await self._in_order(job, files, stop)
        except Refused as refused:
            await self._finish(job, "failed", {"code": refused.code, "zh": refused.zh, "en": refused.en})
        except UnknownSealError:
            texts = {"zh": "密封密钥已更换，无法读取文件；请重新提交。", "en": "The sealing secret was changed."}
            await self._finish(job, "failed", {"code": "unsealable", **texts})
        except _LeaseLost:
            pass
        except _Cancelled:
            await self._finish(job, "cancelled")
        except _Stopping:
            await self._release(job, after=None)
        except Exception as error:  # noqa: BLE001 - whatever it was, other jobs wait
            _log.warning("import_failed", import_id=str(job.job_id), error=type(error).__qualname__)
            if is_transient(error):
                with contextlib.suppress(Exception):
                    await self._release(job, after=RETRY_AFTER)
                return
            texts = {"zh": "程序内部错误，未继续导入。", "en": "An internal error; the import did not go on."}
            await self._finish(job, "failed", {"code": "internal", **texts})
        else:
            if state is not None:
                await self._finish(job, state)
        finally:
            await asyncio.to_thread(files.close)

    async def _in_order(self, job: Job, files: OpenFiles, stop: asyncio.Event) -> State | None:
        """Read, check and store; returns the state to end in, None when it is at its end already."""
        if job.attempts > MOST_ATTEMPTS:
            raise Refused("given_up", "多次重试均未成功，已放弃。", "It was tried several times without success.")
        target = self._targets(job)
        going_on = job.progress.items_done
        job.progress.phase = "reading"
        await files.open(job, target)
        await self._read(job, files, stop)
        chunks = Chunks(files, target, size=self._chunk)
        if job.mode == "good_rows":
            job.progress.phase = "storing"
            await self._good_rows(job, chunks, target, stop, skip=going_on)
            return "done"
        await self._check(job, chunks, target, stop)
        if job.mode == "dry_run":
            return "done"
        if job.progress.rejected:
            job.progress.created = job.progress.same = 0
            await self._note(job, stop, always=True)
            raise _rows_rejected()
        return await self._all(job, chunks, target, stop)

    async def _read(self, job: Job, files: OpenFiles, stop: asyncio.Event) -> None:
        spool = files.spool
        assert spool is not None  # noqa: S101 - the files are open
        more = True
        while more:
            more = await files.read_some()
            job.progress.rows_read = spool.rows
            if not more:
                job.progress.reading_done = True
            await self._note(job, stop, always=not more)
        if job.mode == "all_or_nothing" and spool.rows > self._most_rows_at_once:
            raise Refused(
                "rows_too_many_at_once",
                f"整体导入最多 {self._most_rows_at_once} 行；请拆分文件或改用 good_rows。",
                f"All or nothing holds for at most {self._most_rows_at_once} rows; split the file or take good rows.",
            )
        if not spool.rows:
            raise Refused("no_rows", "表头以下没有数据。", "There is nothing below the headers.")
        async with self._database.transaction() as session:
            await imports.note_columns(session, job, files.report())

    async def _good_rows(self, job: Job, chunks: Chunks, target: Target, stop: asyncio.Event, *, skip: int) -> None:
        """Take what can be taken: entries, errors and progress of a chunk stand or fall together."""
        async for chunk in chunks.each(skip=skip):
            await self._room(job, stop, entries=len(chunk.made))
            prepared = await target.prepare(chunk.made)
            committed = False
            try:
                async with self._database.transaction() as session:
                    self._go_on(await imports.hold(session, job))
                    outcomes = await target.store(session, prepared)
                    found = self._settle(job, chunk, outcomes, chunks)
                    await import_contents.add_errors(session, job.job_id, job.progress.errors - len(found), found)
                    await imports.note_progress(session, job, until=self._clock.now() + self._lease)
                committed = True
            finally:
                target.ended(prepared, committed=committed)
            if stop.is_set():
                raise _Stopping

    async def _check(self, job: Job, chunks: Chunks, target: Target, stop: asyncio.Event) -> None:
        """Try everything, each chunk in a transaction that is taken back; what was found is kept."""
        self._begin_pass(job, "checking")
        async for chunk in chunks.each():
            await self._quota(job, stop, entries=len(chunk.made))
            prepared = await target.prepare(chunk.made)
            outcomes: Sequence[Outcome] = ()
            with contextlib.suppress(_UndoneError):
                async with self._database.transaction() as session:
                    outcomes = await target.store(session, prepared)
                    raise _UndoneError
            target.ended(prepared, committed=False)
            found = self._settle(job, chunk, outcomes, chunks)
            if found:
                async with self._database.transaction() as session:
                    self._go_on(await imports.hold(session, job))
                    await import_contents.add_errors(session, job.job_id, job.progress.errors - len(found), found)
            await self._note(job, stop)
        await self._note(job, stop, always=True)

    async def _all(self, job: Job, chunks: Chunks, target: Target, stop: asyncio.Event) -> State | None:
        """Store everything and end the job in one transaction: there is no moment at which half of it stands."""
        self._begin_pass(job, "storing")
        every: list[object] = []
        refused: list[import_contents.RowError] = []
        committed = False
        try:
            async with self._database.transaction() as session:
                async for chunk in chunks.each():
                    prepared = await target.prepare(chunk.made)
                    outcomes = await target.store(session, prepared)
                    if target.late:
                        every.append(prepared)
                    else:
                        target.ended(prepared, committed=True)
                    # What nobody saw when chunks were checked apart: a row that contradicts one of another chunk, or
                    # what somebody posted since. All of it is looked for before the file is refused.
                    refused += self._settle(job, chunk, outcomes, chunks)
                    await self._note(job, stop)
                if job.progress.rejected:
                    raise _UndoneError  # noqa: TRY301 - takes the transaction back
                self._go_on(await imports.note_progress(session, job, until=self._clock.now() + self._lease))
                await imports.finish(session, job, "done", now=self._clock.now())
            committed = True
        except _UndoneError:
            await self._report(job, refused)
            raise _rows_rejected() from None
        finally:
            if not committed:
                job.progress.created = job.progress.same = 0
            for prepared in every:
                target.ended(prepared, committed=committed)
        telemetry.IMPORTS.add(1, {"service": "intake", "kind": job.kind, "outcome": "done"})
        return None

    async def _report(self, job: Job, refused: Sequence[import_contents.RowError]) -> None:
        """Name what was refused when everything was stored together, after that transaction was taken back."""
        job.progress.created = job.progress.same = 0
        async with self._database.transaction() as session:
            self._go_on(await imports.hold(session, job))
            await import_contents.add_errors(session, job.job_id, job.progress.errors - len(refused), refused)
            await imports.note_progress(session, job, until=self._clock.now() + self._lease)

    @staticmethod
    def _begin_pass(job: Job, phase: Phase) -> None:
        at = job.progress
        at.phase = phase
        at.rows_done = at.items_done = at.created = at.same = at.doubtful = 0
        if phase == "checking":
            at.rejected = at.errors = 0

    def _settle(
        self, job: Job, chunk: Chunk, outcomes: Sequence[Outcome], chunks: Chunks
    ) -> list[import_contents.RowError]:
        return settle(job.progress, chunk, outcomes, chunks.layout, most=self._most_errors)

    async def _room(self, job: Job, stop: asyncio.Event, *, entries: int) -> None:
        """Wait while the relay is behind, and for the quota of the job's owner."""
        while await self._watch_backlog.is_full():
            await self._note(job, stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
        await self._quota(job, stop, entries=entries)

    async def _quota(self, job: Job, stop: asyncio.Event, *, entries: int) -> None:
        """Wait until the owner's quota lets it go on, and spend it; nobody's transaction is open meanwhile."""
        if job.kind not in ON_QUOTA:
            return
        while (seconds := self._quotas.wait(job.owner)) > 0:
            await self._note(job, stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), min(seconds, PAUSE_SECONDS))
        self._quotas.spend(job.owner, entries)

    async def _note(self, job: Job, stop: asyncio.Event, *, always: bool = False) -> None:
        """Note progress now and then, which prolongs the lease; raises where the job must not go on."""
        if stop.is_set():
            raise _Stopping
        now = time.monotonic()
        if not always and now - self._noted < NOTED_SECONDS:
            return
        self._noted = now
        async with self._database.transaction() as session:
            self._go_on(await imports.note_progress(session, job, until=self._clock.now() + self._lease))

    @staticmethod
    def _go_on(cancel: bool | None) -> None:
        if cancel is None:
            raise _LeaseLost
        if cancel:
            raise _Cancelled

    async def _release(self, job: Job, *, after: timedelta | None) -> None:
        until = None if after is None else self._clock.now() + after
        async with self._database.transaction() as session:
            await imports.release(session, job, until=until)

    async def _finish(self, job: Job, state: State, refusal: dict[str, str] | None = None) -> None:
        async with self._database.transaction() as session:
            await imports.finish(session, job, state, now=self._clock.now(), refusal=refusal)
        telemetry.IMPORTS.add(1, {"service": "intake", "kind": job.kind, "outcome": state})


def _rows_rejected() -> Refused:
    return Refused(
        "rows_rejected",
        "有数据不符合要求，按“全部或全不”未导入任何数据；详见错误报告。",
        "Something was rejected, and all or nothing was asked for: nothing was taken. See the error report.",
    )
