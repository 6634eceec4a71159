"""Files: types told by content, metadata taken out, bombs bounded, ClamAV asked, all without plaintext on the disk."""

import asyncio
import io
import os
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from services.kit.errors import Malformed, TooLarge, TooMany, Unavailable
from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.domain.file_type import Family, Rewriter, file_type
from services.tips.storage.attachment_files import AttachmentFiles
from services.tips.storage.cleaning.cleaners import CLEANERS
from services.tips.storage.programs import bounds
from services.tips.storage.rewriting import PROGRAMS
from services.tips.storage.virus_scanner import VirusScanner
from tests.support.media import (
    PLACE,
    SECRET,
    aac,
    avi,
    avif,
    film,
    flac,
    gif,
    heic,
    jpeg,
    mp3,
    ogg,
    picture_bomb,
    png,
    tiff,
    wav,
    webm,
    webp,
)

DAY = datetime(2026, 3, 9, 16, tzinfo=UTC)
MEBIBYTE = 2**20
EICAR = b"stands for malware"


def pdf() -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page()
    document.docinfo["/Author"] = SECRET.decode()
    with document.open_metadata() as xmp:
        xmp["dc:creator"] = [SECRET.decode()]
    picture = pikepdf.Stream(document, jpeg())
    picture.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Filter": pikepdf.Name.DCTDecode})
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=document.make_indirect(picture)))
    note = pikepdf.Dictionary(Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], T=SECRET.decode(), Contents="x")
    page.Annots = pikepdf.Array([document.make_indirect(note)])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx() -> bytes:
    return docx_with(jpeg())


def docx_with(picture: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types><Override PartName="/docProps/core.xml" ContentType="x"/><Default Extension="xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships><Relationship Id="r1" Target="word/document.xml"/>'
            '<Relationship Id="r2" Target="docProps/core.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f'<w:ins w:author="{SECRET.decode()}">正文</w:ins>')
        archive.writestr("docProps/core.xml", f"<dc:creator>{SECRET.decode()}</dc:creator>")
        archive.writestr("docProps/app.xml", f"<Company>{SECRET.decode()}</Company>")
        archive.writestr("word/media/image1.jpeg", picture)
    return out.getvalue()


def unpacked(content: bytes) -> bytes:
    """Everything a file says, also what is compressed in it."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(entry.filename.encode() + archive.read(entry) for entry in archive.infolist())
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as document:
            out = io.BytesIO()
            document.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
            return out.getvalue()
    return content


SAMPLES = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "gif": gif,
    "tiff": tiff,
    "heic": heic,
    "avif": avif,
    "film": film,
    "mp3": mp3,
    "aac": aac,
    "wav": wav,
    "avi": avi,
    "flac": flac,
    "ogg": ogg,
    "webm": webm,
    "pdf": pdf,
    "docx": docx,
}


async def stream(content: bytes, step: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), step):
        yield content[start : start + step]


def folder(path: Path, clamd: str = "", **changes) -> AttachmentFiles:
    bounds = {
        "file_bytes": 5 * MEBIBYTE,
        "free_bytes": 0,
        "rewrite_bytes": 4 * MEBIBYTE,
        "rewrites_at_once": 1,
        "uploads_at_once": 4,
        "families": frozenset(Family),
    }
    return AttachmentFiles(path, VirusScanner(clamd), **{**bounds, **changes})


def on_disk(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()]


async def content_of(files: AttachmentFiles, taken) -> bytes:
    return b"".join([chunk async for chunk in files.read(taken.id, taken.key)])


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (jpeg(), "image/jpeg"),
        (png(), "image/png"),
        (webp(), "image/webp"),
        (gif(), "image/gif"),
        (pdf(), "application/pdf"),
        (docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"ID3\x04", "audio/mpeg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        ("举报材料，第一行\n第二行".encode(), "text/plain"),
        ("举报材料".encode("gb18030"), "text/plain"),
        (b"PK\x03\x04" + bytes(60), "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    ],
)
def test_a_type_is_told_by_the_first_bytes(head, media_type):
    kind = file_type(head[:4096])
    assert kind is not None
    assert kind.media_type == media_type


@pytest.mark.parametrize(
    "head", [b"MZ\x90\0", b"\x7fELF\x02", b"\0\0\0\0", b"\xca\xfe\xba\xbe\0\0\0\x34", bytes(range(1, 40))]
)
def test_programs_and_unknown_things_have_no_type(head):
    assert file_type(head) is None


@pytest.mark.parametrize("name", SAMPLES)
async def test_what_a_file_says_about_its_maker_is_taken_out(tmp_path: Path, name: str):
    content = SAMPLES[name]()
    said = {words for words in (SECRET, PLACE) if words in unpacked(content)}
    assert SECRET in said
    files = folder(tmp_path)
    taken = await files.take("秘密.jpg", stream(content), day=DAY)
    assert taken is not None
    assert taken.metadata is MetadataState.STRIPPED
    clean = await content_of(files, taken)
    assert not {words for words in said if words in unpacked(clean)}
    assert b"Exif" not in unpacked(clean)
    assert taken.size_bytes == len(clean)
    assert file_type(clean[:4096]) == taken.kind
    assert [path.name for path in on_disk(tmp_path)] == [taken.id.hex]


async def test_a_document_still_opens_after_it_was_cleaned(tmp_path: Path):
    files = folder(tmp_path)
    taken = await files.take("a.docx", stream(docx()), day=DAY)
    assert taken is not None
    with zipfile.ZipFile(io.BytesIO(await content_of(files, taken))) as archive:
        assert archive.testzip() is None
        assert "正文" in archive.read("word/document.xml").decode()
        assert b"docProps" not in archive.read("_rels/.rels") + archive.read("[Content_Types].xml")


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"PK\x03\x04" + bytes(60), MetadataState.KEPT_FORMAT),
        (b"\0\0\0\x18ftypmp42" + os.urandom(9000), MetadataState.KEPT_BROKEN),
        ("纯文本".encode(), MetadataState.NONE),
        (b"%PDF-1.7 broken", MetadataState.KEPT_BROKEN),
        (b"\xff\xd8\xff\xe0" + os.urandom(9000), MetadataState.KEPT_BROKEN),
        (b"%PDF-1.7" + os.urandom(4 * MEBIBYTE), MetadataState.KEPT_SIZE),
        (tiff() + bytes(4 * MEBIBYTE), MetadataState.KEPT_SIZE),
    ],
)
async def test_what_cannot_be_cleaned_is_kept_as_it_is_and_said_so(tmp_path: Path, content: bytes, state):
    files = folder(tmp_path)
    taken = await files.take("a", stream(content), day=DAY)
    assert taken is not None
    assert taken.metadata is state
    assert await content_of(files, taken) == content


def office_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "x")
        for number in range(6):
            archive.writestr(f"word/{number}.xml", bytes(90 * MEBIBYTE))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "state"), [(picture_bomb, MetadataState.STRIPPED), (office_bomb, MetadataState.KEPT_SIZE)]
)
async def test_a_bomb_is_not_unpacked(tmp_path: Path, make, state, monkeypatch: pytest.MonkeyPatch):
    # Nothing in this process unpacks; the program that must has its bound.
    monkeypatch.setattr(zlib, "decompress", None)
    monkeypatch.setattr(zlib, "decompressobj", None)
    files = folder(tmp_path)
    content = make()
    taken = await files.take("a", stream(content), day=DAY)
    assert taken is not None
    assert taken.metadata is state
    assert taken.size_bytes <= len(content)


def test_the_rewriter_can_write_no_file_and_has_a_bound_on_memory(tmp_path: Path):
    program = (
        "from services.tips.storage.programs.bounds import limit; limit()\n"
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])\n"
        f"f = open({str(tmp_path / 'x')!r}, 'wb'); f.write(b'x'); f.flush()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ran.returncode != 0
    assert int(ran.stdout) == bounds.MEMORY_BYTES
    assert (tmp_path / "x").stat().st_size == 0


def test_every_way_of_cleaning_is_in_this_process_or_a_program_that_is_there():
    assert {*CLEANERS, *PROGRAMS} == set(Rewriter)
    for program in PROGRAMS.values():
        assert "-I" in program.command
        assert (Path(bounds.__file__).parent / f"{program.module}.py").is_file()


def test_the_program_for_documents_needs_nothing_but_the_standard_library():
    assert not PROGRAMS[Rewriter.OFFICE].libraries
    ran = subprocess.run(PROGRAMS[Rewriter.OFFICE].command, input=docx(), capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    damaged = docx_with(b"\xff\xd8\xff\xe0 no picture")
    ran = subprocess.run(PROGRAMS[Rewriter.OFFICE].command, input=damaged, capture_output=True, check=False)
    assert ran.returncode == bounds.PARTLY
    assert SECRET not in unpacked(ran.stdout)


async def test_refused_files_leave_nothing(tmp_path: Path):
    files = folder(tmp_path)
    with pytest.raises(Malformed, match="file_type_refused"):
        await files.take("a.jpg", stream(b"MZ" + os.urandom(100)), day=DAY)
    with pytest.raises(Malformed, match="file_type_refused"):
        await folder(tmp_path, families={Family.PDF}).take("a", stream(jpeg()), day=DAY)
    with pytest.raises(TooLarge, match="file_too_large"):
        await files.take("a.txt", stream(b"x" * (5 * MEBIBYTE + 1)), day=DAY)
    with pytest.raises(Unavailable, match="files_disk_full"):
        await folder(tmp_path, free_bytes=2**60).take("a.txt", stream(b"x"), day=DAY)
    with pytest.raises(TooMany, match="uploads_busy"):
        await folder(tmp_path, uploads_at_once=0).take("a.txt", stream(b"x"), day=DAY)
    assert await files.take("", stream(b""), day=DAY) is None

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 400_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.take("a.txt", broken(), day=DAY)
    assert on_disk(tmp_path) == []


async def test_somebody_who_goes_away_while_a_file_is_cleaned_leaves_nothing(tmp_path: Path, monkeypatch):
    cleaning = threading.Event()
    go_on = threading.Event()

    def slow(kind, read, size):
        cleaning.set()
        assert go_on.wait(10)
        return read(), True

    monkeypatch.setattr("services.tips.storage.rewriting.cleaned", slow)
    taking = asyncio.create_task(folder(tmp_path).take("a.jpg", stream(jpeg()), day=DAY))
    await asyncio.to_thread(cleaning.wait, 10)
    taking.cancel()
    await asyncio.sleep(0.05)
    assert not taking.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert on_disk(tmp_path) == []


async def test_the_disk_learns_the_day_of_a_file_and_not_the_minute(tmp_path: Path):
    files = folder(tmp_path)
    taken = await files.take("a.txt", stream(b"x"), day=DAY)
    assert taken is not None
    assert files.path(taken.id).stat().st_mtime == DAY.timestamp()
    assert files.stale(settled_before=DAY) == []
    assert files.stale(settled_before=datetime(2026, 3, 10, tzinfo=UTC)) == [taken.id]


async def test_an_upload_whose_process_died_is_swept_and_one_under_way_is_not(tmp_path: Path):
    files = folder(tmp_path)
    (tmp_path / "incoming").mkdir()
    for name, age in (("dead", 7200), ("alive", 10)):
        path = tmp_path / "incoming" / name
        path.write_bytes(b"x")
        at = path.stat().st_mtime - age
        os.utime(path, (at, at))
    files.stale(settled_before=DAY)
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["alive"]


class Clamd:
    """Speaks ClamAV's INSTREAM as its manual has it: finds what stands for malware, and knows a largest stream."""

    def __init__(self, most_bytes: int = 10 * MEBIBYTE) -> None:
        self.most_bytes = most_bytes
        self.scanned: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(length)
            if len(content) > self.most_bytes:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                writer.close()
                return
        self.scanned.append(content)
        writer.write(b"stream: Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        await writer.drain()
        writer.close()


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_a_scanner_that_is_configured_is_asked_about_what_was_sent(tmp_path: Path, kind: str):
    clamd = Clamd()
    if kind == "unix":
        server = await asyncio.start_unix_server(clamd.serve, tmp_path / "clamd.sock")
        address = f"unix://{tmp_path}/clamd.sock"
    else:
        server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
        address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        files = folder(tmp_path / "files", address)
        clean = await files.take("a.jpg", stream(jpeg()), day=DAY)
        infected = await files.take("a.txt", stream(EICAR), day=DAY)
        assert clean is not None
        assert infected is not None
        assert (clean.scan, infected.scan) == (ScanState.CLEAN, ScanState.INFECTED)
        assert clamd.scanned == [jpeg(), EICAR]
        clamd.most_bytes = 1000
        large = await files.take("b.txt", stream(b"x" * MEBIBYTE), day=DAY)
        assert large is not None
        assert large.scan is ScanState.UNSCANNED


async def test_without_a_scanner_a_file_is_kept_and_marked(tmp_path: Path):
    for address in ("", f"unix://{tmp_path}/nobody.sock", "tcp://127.0.0.1:9"):
        taken = await folder(tmp_path / "files", address).take("a.txt", stream(b"text"), day=DAY)
        assert taken is not None
        assert taken.scan is ScanState.UNSCANNED
