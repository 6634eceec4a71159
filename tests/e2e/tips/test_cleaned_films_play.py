"""Films a real browser recorded, and sound, still play in it after they were cleaned, frame for frame."""

import base64
import math
import struct

import pytest
from playwright.sync_api import Browser

from services.tips.domain.file_type import file_type
from services.tips.storage.cleaning.cleaners import cleaned
from tests.support.media import SECRET, chunk

pytestmark = pytest.mark.browser

RECORD = """async type => {
    if (!MediaRecorder.isTypeSupported(type)) return "";
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), parts = [];
    canvas.width = 160; canvas.height = 120;
    const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: type});
    recorder.ondataavailable = event => parts.push(event.data);
    recorder.start(200);
    let drawn = 0;
    const draw = () => { pen.fillStyle = `hsl(${drawn++ * 20}, 90%, 50%)`; pen.fillRect(0, 0, 160, 120); };
    const drawing = setInterval(draw, 40);
    await new Promise(done => setTimeout(done, 1000));
    clearInterval(drawing);
    await new Promise(done => { recorder.onstop = done; recorder.stop(); });
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}"""
PLAY = """async ([content, type]) => {
    const bytes = Uint8Array.from(atob(content), each => each.charCodeAt(0)), player = document.createElement("video");
    player.muted = true;
    player.playbackRate = 4;
    const ended = new Promise(done => {
        player.onended = () => done("ended");
        player.onerror = () => done(player.error.message);
    });
    player.src = URL.createObjectURL(new Blob([bytes], {type}));
    await player.play().catch(() => null);
    const how = await Promise.race([ended, new Promise(done => setTimeout(() => done("stuck"), 15000))]);
    return [how, player.videoWidth, player.videoHeight, Math.round(player.currentTime * 100)];
}"""


@pytest.fixture(scope="module")
def people() -> None:
    """Nobody: the browser alone is asked."""


def wav() -> bytes:
    """A second of a tone, with a recorder's notes in front."""
    tone = struct.pack("<8000h", *(int(9000 * math.sin(each / 3)) for each in range(8000)))
    shape = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    notes = chunk(b"LIST", b"INFO", chunk(b"IART", SECRET))
    return chunk(b"RIFF", b"WAVE", chunk(b"fmt ", shape), notes, chunk(b"data", tone))


def play(browser: Browser, content: bytes, kind: str) -> list[object]:
    page = browser.new_page()
    try:
        return page.evaluate(PLAY, [base64.b64encode(content).decode(), kind])
    finally:
        page.close()


@pytest.mark.parametrize("kind", ["video/webm", "video/mp4", "audio/wav"])
def test_what_was_recorded_plays_as_before_once_it_is_cleaned(browser: Browser, kind: str):
    if kind == "audio/wav":
        content = wav()
    else:
        page = browser.new_page()
        content = base64.b64decode(page.evaluate(RECORD, kind))
        page.close()
        if not content:
            pytest.skip(f"this browser does not record {kind}")
    said = file_type(content[:4096])
    assert said is not None
    assert said.media_type == kind
    pieces, complete = cleaned(said.rewriter, lambda: [content], len(content))
    clean = b"".join(pieces)
    assert complete
    assert clean != content
    for words in (SECRET, b"Chrome", b"VideoHandler"):
        assert words not in clean
    before, after = play(browser, content, kind), play(browser, clean, kind)
    assert before[0] == "ended"
    assert after == before
