"""Takes forms with files: fields into a mapping, files into the folder of encrypted files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from urllib.parse import parse_qsl

from starlette.requests import Request

from services.kit.clock import BUSINESS_ZONE, business_date
from services.kit.errors import Malformed, ServiceError, TooLarge
from services.tips.api.multipart import FormParts, Part
from services.tips.storage.attachment_files import TakenFile
from services.tips.use_cases.errors import as_conflict
from services.tips.wiring import Resources

LARGEST_FORM = 16 * 2**30
"""Bound of the routes that take files; the bound of the settings, which is lower, is kept while the files stream."""

FILES = "files"
"""Name of the fields of files; a form sent without their content has their names there, which are not taken up."""

_LARGEST_PLAIN_FORM = 512 * 1024
"""Bound of a form without files: 10,000 characters and every answer, each character as nine."""
_MOST_PLAIN_FIELDS = 400

Admission = Callable[[Mapping[str, str]], Awaitable[None]]
"""Asked before the first file is taken, with the fields so far; raises a ServiceError to take none."""


@dataclass(slots=True, repr=False)
class Form:
    """What a form held; ``problem`` is why its files were not taken, the fields are there all the same."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[TakenFile] = field(default_factory=list)
    problem: ServiceError | None = None
    files_left_out: bool = False
    """Whether files were chosen whose content the form did not bring."""


async def receive_form(request: Request, resources: Resources, admit: Admission | None = None) -> Form:
    """Read a form; its files lie encrypted in the folder and belong to no tip yet.

    Raises Malformed and TooLarge for a form that cannot be read; then no file is left.
    """
    form = Form()
    try:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            await _read(request, resources, form, admit)
        else:
            await _read_plain(request, form)
    except BaseException:
        discard_files(form, resources)
        raise
    return form


def discard_files(form: Form, resources: Resources) -> None:
    """Remove the files of a form that becomes no part of a tip."""
    resources.files.remove([file.id for file in form.files])
    form.files.clear()


async def _read_plain(request: Request, form: Form) -> None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_PLAIN_FORM:
            raise TooLarge("form_too_large", zh="填写的内容过长。", en="The form holds too much text.")
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=_MOST_PLAIN_FIELDS)
    except ValueError as error:
        raise Malformed("form_malformed", zh="表单无法读取。", en="The form cannot be read.") from error
    form.fields = {name: value.strip() for name, value in pairs if value.strip()}
    form.files_left_out = form.fields.pop(FILES, None) is not None


async def _read(request: Request, resources: Resources, form: Form, admit: Admission | None) -> None:
    async for part in FormParts(request):
        if part.file_name is None:
            if text := (await part.text()).strip():
                form.fields[part.name] = text
        elif form.problem is None:
            try:
                await _take(part, resources, form, admit)
            except ServiceError as error:
                # Read on to the end: a browser shows no answer that comes before it has sent everything.
                form.problem = error
                discard_files(form, resources)


async def _take(part: Part, resources: Resources, form: Form, admit: Admission | None) -> None:
    if not part.file_name:
        return
    if admit is not None and not form.files:
        await admit(form.fields)
    limits = resources.settings.limits
    before = sum(file.size_bytes for file in form.files)
    with as_conflict():
        limits.require_room(len(form.files) + 1, before)
    day = datetime.combine(business_date(resources.clock.now()), time(), BUSINESS_ZONE)
    chunks = _bounded(part.chunks, limits.tip_bytes - before)
    taken = await resources.files.take(part.file_name[-255:], chunks, day=day)
    if taken is not None:
        form.files.append(taken)


async def _bounded(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    seen = 0
    async for chunk in chunks:
        seen += len(chunk)
        if seen > most_bytes:
            raise TooLarge("too_many_bytes", zh="附件合计过大。", en="The files are too large together.")
        yield chunk
