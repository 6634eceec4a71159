"""Route on which a handler fetches a file of a tip."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from services.tips import wiring
from services.tips.api.desk_access import Handler, Resources, agency_only, may_see_tip

router = APIRouter(
    prefix="/tips/v1", tags=["举报办理 / handling"], dependencies=[Depends(agency_only), Depends(may_see_tip)]
)

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""A file comes from a stranger: it is saved, never shown, and may do nothing in the page's name."""


@router.get(
    "/tips/{tip_id}/files/{file_id}",
    summary="下载附件 / Fetch a file",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "附件内容 / The file"}},
)
async def read_file(tip_id: UUID, file_id: UUID, handler: Handler, resources: Resources) -> StreamingResponse:
    """Send a file, decrypted on the way; who fetched it stands in the handling log."""
    file = await wiring.build_read_attachment(resources)(tip_id, file_id, by=handler.subject)
    name = quote(f"attachment-{file.number}.{file.description.extension}")
    headers = {
        **_HEADERS,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(file.size_bytes),
        "Metadata-State": file.metadata.value,
        "Scan-State": file.scan.value,
    }
    return StreamingResponse(file.chunks, media_type=file.description.media_type, headers=headers)
