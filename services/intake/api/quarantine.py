"""Routes of the quarantine (隔离区): see what was refused, correct it, release or dismiss it."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Raw

from services.intake.api.answers import malformed
from services.intake.api.quarantine_replay import replay_with
from services.intake.api.quarantine_views import Correction, EntryDetail, EntryView, Reason, SourceName, StateName
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import CONFLICT_CODES, MATTER_KINDS, PERSON_KINDS, REGISTRY_KINDS, Kind, Viewer
from services.intake.use_cases.quarantine.release import Outcome
from services.intake.wiring import Resources
from services.kit.auth import Principal, require_one_of
from services.kit.errors import Conflict, Forbidden, Malformed, ServiceError
from services.kit.http import language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/quarantine", tags=["quarantine"])

_REGISTRARS = ("registry:write", "insured_registry:write")
Reader = Annotated[Principal, Depends(require_one_of("quarantine:read", *_REGISTRARS))]
Inspector = Annotated[Principal, Depends(require_one_of("quarantine:inspect", *_REGISTRARS))]
Releaser = Annotated[Principal, Depends(require_one_of("quarantine:release", *_REGISTRARS))]
"""Which of the scopes is wanted depends on the kind of entry, see `_viewer`."""
EntryPath = Annotated[UUID, Path(description="隔离记录编号 / our id of the entry")]


_decimals_as_text = msgspec.json.Decoder(float_hook=str).decode


class _Exact(msgspec.Struct):
    """A correction read without any number passing through a float."""

    patch: Raw = Raw(b"null")
    body: Raw = Raw(b"null")


@router.get("", summary="查询隔离区 / List the quarantine")
async def list_entries(
    request: Request,
    principal: Reader,
    state: Annotated[list[StateName] | None, Query(description="默认待处理 / by default what waits")] = None,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    source: SourceName | None = None,
    kind: Kind | None = None,
    code: Annotated[str | None, Query(max_length=60, pattern="^[a-z_]+$", description="原因代码 / reason")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[EntryView]:
    """List what was refused and waits, the oldest first; of one's own institution or region, without bodies."""
    if institution_code is not None:
        principal.must_be_institution(institution_code)
    resources: Resources = request.app.state.resources
    found = await resources.quarantine.read.page(
        _viewer(principal),
        institution_code=institution_code,
        states=state or ("open", "releasing"),
        source=source,
        code=code,
        kind=kind,
        after=_after(cursor),
        limit=limit + 1,
    )
    spoken = language(request)
    items = [EntryView.of(one, spoken) for one in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor(str(found[limit - 1].entry_id)) if more else None)


@router.get("/{entry_id}", summary="查询隔离记录 / Read an entry")
async def get_entry(request: Request, principal: Reader, entry_id: EntryPath) -> EntryDetail:
    """Read why something was refused and what was done about it, without its body."""
    resources: Resources = request.app.state.resources
    return EntryDetail.with_actions(
        *await resources.quarantine.read.one(entry_id, _viewer(principal)), language(request)
    )


@router.get(
    "/{entry_id}/body",
    summary="查看隔离原文（留痕）/ Read the body of an entry; who does is recorded",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, 410: {}},
)
async def get_body(request: Request, principal: Inspector, entry_id: EntryPath) -> Response:
    """Read the body as it came and as it was last corrected; text where it is no JSON."""
    resources: Resources = request.app.state.resources
    bodies = await resources.quarantine.read.body(entry_id, _viewer(principal, _INSPECT), by=principal.subject)
    shown = {
        "original": _shown(bodies.original),
        "corrected": None if bodies.corrected is None else _shown(bodies.corrected),
    }
    return Response(msgspec.json.encode(shown), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/{entry_id}/corrections", summary="更正隔离记录 / Correct an entry", responses={410: {}})
async def post_correction(
    request: Request, principal: Releaser, entry_id: EntryPath, correction: Correction
) -> EntryDetail:
    """Correct with a merge patch (RFC 7396) or a whole body; the body as it came is kept beside it."""
    resources: Resources = request.app.state.resources
    exact = _exact(await request.body())
    correct, viewer = resources.quarantine.correct, _viewer(principal, _RELEASE)
    told: dict[str, Any] = {"corrections": correction.corrections, "by": principal.subject, "why": correction.why}
    if correction.patch is not None:
        patch = _decimals_as_text(exact.patch)
        entry = await correct.patch(entry_id, viewer, patch, **told)
    elif correction.body is not None:
        entry = await correct.replace(entry_id, viewer, bytes(exact.body), **told)
    else:
        raise Malformed("correction_missing", zh="请给出 patch 或 body。", en="Give a patch or a body.")
    _, actions = await resources.quarantine.read.one(entry_id, viewer)
    return EntryDetail.with_actions(entry, actions, language(request))


def _exact(body: bytes) -> _Exact:
    """Read a correction again; raises Malformed for what the framework's lax reading let through."""
    try:
        exact = msgspec.json.decode(body, type=_Exact)
        for part in (exact.patch, exact.body):
            # A raw part was passed over, not read.
            _decimals_as_text(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise malformed([Problem("", "malformed_json")]) from None
    return exact


@router.post(
    "/{entry_id}/release",
    summary="放行隔离记录 / Release an entry",
    description="按原途径重新接收；已放行者答首次结果；仍不合格答 422 或 409。"
    " / Taken as it would have been at first; once released, the first result is answered.",
    responses={410: {}},
)
async def post_release(request: Request, principal: Releaser, entry_id: EntryPath, reason: Reason) -> EntryDetail:
    """Release an entry, once, whoever else is at it."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    viewer = _viewer(principal, _RELEASE)
    released = await resources.quarantine.release(
        entry_id, viewer, replay_with(resources, principal), by=principal.subject, why=reason.why
    )
    if released.outcome is not None and not released.outcome.taken:
        raise _refusal(released.outcome)
    _, actions = await resources.quarantine.read.one(entry_id, viewer)
    return EntryDetail.with_actions(released.entry, actions, language(request))


@router.post("/{entry_id}/dismiss", summary="不予接收 / Dismiss an entry")
async def post_dismissal(request: Request, principal: Releaser, entry_id: EntryPath, reason: Reason) -> EntryDetail:
    """Close an entry without taking it, with the reason."""
    resources: Resources = request.app.state.resources
    viewer = _viewer(principal, _RELEASE)
    entry = await resources.quarantine.correct.dismiss(entry_id, viewer, by=principal.subject, why=reason.why)
    _, actions = await resources.quarantine.read.one(entry_id, viewer)
    return EntryDetail.with_actions(entry, actions, language(request))


def _refusal(outcome: Outcome) -> ServiceError:
    if outcome.code in CONFLICT_CODES:
        return Conflict(
            outcome.code,
            zh="同一编号已有内容不同的记录，请更正编号或不予接收。",
            en="Other content stands under this id: correct the id, or dismiss the entry.",
        )
    return malformed(outcome.problems, code=outcome.code)


_READ, _INSPECT, _RELEASE = (
    frozenset({"quarantine:read"}),
    frozenset({"quarantine:inspect"}),
    frozenset({"quarantine:inspect", "quarantine:release"}),
)


def _viewer(principal: Principal, wanted: frozenset[str] = _READ) -> Viewer:
    """Return what a caller may do; raises Forbidden (``scope_missing``) for one who may do it with no entry at all.

    Reasons of all kinds are for ``quarantine:read``. Bodies are for those who could have posted them: what
    institutions send for the scopes of the quarantine, the registry for who may write it.
    """
    handles: set[Kind] = set()
    if wanted <= principal.scopes:
        handles |= MATTER_KINDS
    if "registry:write" in principal.scopes:
        handles |= REGISTRY_KINDS
    if "insured_registry:write" in principal.scopes:
        handles |= PERSON_KINDS
    reads = principal.scopes >= _READ
    if not handles:
        named = " ".join(sorted(wanted - principal.scopes))
        raise Forbidden("scope_missing", zh=f"令牌缺少权限：{named}。", en=f"The token lacks the scope: {named}.")
    return Viewer(principal.institution, principal.region, None if reads else frozenset(handles), frozenset(handles))


def _shown(body: bytes) -> Raw | str:
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return body.decode(errors="replace")
    return Raw(body)


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
