"""A real Chromium over a real server: every page is watched, measured, and checked for people who cannot see it."""

import io
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pikepdf
from axe_playwright_python.base import AXE_SCRIPT
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, sync_playwright

from services.kit.server import bound_port, make_server
from services.kit.testing.tokens import TokenMint

PHONE = {"width": 375, "height": 740}
LARGE_PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
_SEVERE = frozenset({"serious", "critical"})
_MOST_STOPS = 80
_TO_THE_BEGINNING = "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
_FOCUS = """wanted => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [ring && inside, at === wanted, at.outerHTML.slice(0, 120)];
}"""
_NOWHERE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def binary() -> str | None:
    """Where Chromium is; None when it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; no name but this machine's resolves in it. Not to be called inside an event loop."""
    arguments = [f"--host-resolver-rules={_NOWHERE}", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an application in a thread of its own and yield its address."""
    server = make_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=lambda: anyio.run(server.serve), daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise OSError("the server could not start")
            thread.join(0.01)
        yield f"http://127.0.0.1:{bound_port(server)}"
    finally:
        server.should_exit = True
        thread.join(30)


class People:
    """Those who use the service beside the browser, over REST."""

    def __init__(self, base_url: str, mint: TokenMint) -> None:
        self.base_url = base_url
        self.mint = mint

    def report(self, **fields: Any) -> str:
        """Report, and return the receipt."""
        body = {"kind": "false_admission", "text": "院长组织虚假住院", **fields}
        answer = httpx.post(f"{self.base_url}/tips/v1/tips", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["receipt"])

    def newest(self) -> str:
        """Id of the tip that waits for being taken up, of which there must be one."""
        headers = self.mint.bearer("tip_handler")
        answer = httpx.get(f"{self.base_url}/tips/v1/queue?status=received", headers=headers)
        (item,) = answer.json()["items"]
        return str(item["tip_id"])

    def step(self, tip_id: str, step: str, body: Any = None, *, by: str = "zhang", role: str = "tip_handler") -> None:
        """Take a step as somebody of the desk."""
        headers = self.mint.bearer(role, subject=by)
        answer = httpx.post(f"{self.base_url}/tips/v1/tips/{tip_id}/{step}", json=body, headers=headers)
        assert answer.is_success, answer.text


class Visitor:
    """One person at one screen, and everything their browser did or complained of."""

    def __init__(self, browser: Browser, base_url: str, name: str, viewport: dict[str, int], *, script: bool) -> None:
        self.name = name
        self.script = script
        self.base_url = base_url
        self.context: BrowserContext = browser.new_context(
            base_url=base_url, viewport=viewport, java_script_enabled=script, locale="zh-CN", accept_downloads=True
        )
        self.context.set_default_timeout(10_000)
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self._examining = False
        self.context.on("request", self._requested)
        self.context.on("console", self._said)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def see(self, what: str) -> None:
        """Examine the page as it is now: nothing scrolls sideways, nothing severe is found; keep a picture of it."""
        self._measure(what)
        if self.script:
            self._examine(what)

    def _measure(self, what: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{what} at {self.name}: {wide} px wider than the screen"
        assert self.page.evaluate("document.scripts.length") == 0
        if folder := os.environ.get("FUNDWARDEN_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{self.name}-{what}.png", full_page=True)

    def see_everywhere(self, what: str) -> None:
        """Examine the page as it is now on a telephone and at a desk."""
        before = self.page.viewport_size
        for viewport in (DESKTOP, LARGE_PHONE):
            self.page.set_viewport_size(viewport)
            self._measure(f"{what}-{viewport['width']}")
        # What the checker finds is the same at both but for what a narrow screen hides, and it takes its time.
        if self.script:
            self._examine(what)
        if before is not None:
            self.page.set_viewport_size(before)

    def tab_to(self, target: Locator) -> None:
        """Go there by the key Tab alone, from the beginning of the page; the focus is seen at every stop."""
        self.page.evaluate(_TO_THE_BEGINNING)
        wanted = target.element_handle()
        for _ in range(_MOST_STOPS):
            self.page.keyboard.press("Tab")
            seen, arrived, element = self.page.evaluate(_FOCUS, wanted)
            assert seen, f"{self.name}: the focus is not seen at {element}"
            if arrived:
                return
        raise AssertionError(f"{self.name}: the key Tab does not lead to {target}")

    def printed(self, what: str) -> str:
        """Return the words of the page as it is now on paper, which must be one sheet."""
        self.page.emulate_media(media="print")
        with pikepdf.open(io.BytesIO(self.page.pdf(format="A4"))) as paper:
            assert len(paper.pages) == 1, f"{what} at {self.name}: {len(paper.pages)} sheets"
        if folder := os.environ.get("FUNDWARDEN_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{self.name}-{what}-paper.png", full_page=True)
        words = self.page.locator("body").inner_text()
        self.page.emulate_media(media="screen")
        return words

    def leave(self) -> None:
        """Close the browser's window; raises AssertionError for what must not have happened meanwhile."""
        self.context.close()
        assert self.elsewhere == [], self.elsewhere
        assert self.complaints == [], self.complaints

    def _examine(self, what: str) -> None:
        # The checker's own styles offend against the page's policy; what the page does is heard otherwise.
        self._examining = True
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        self._examining = False
        severe = [
            (entry["id"], [node["html"][:120] for node in entry["nodes"]])
            for entry in found
            if entry["impact"] in _SEVERE
        ]
        assert severe == [], f"{what} at {self.name}: {json.dumps(severe, ensure_ascii=False, indent=1)}"

    def _requested(self, request: Request) -> None:
        if urlsplit(request.url)[:2] != urlsplit(self.base_url)[:2]:
            self.elsewhere.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        # A refusal (422, 404) is shown as a page; that the browser notes its status is no complaint, nor that it
        # cleared what it was told to clear.
        noted = message.text.startswith(("Failed to load resource", "Clear-Site-Data header"))
        if not self._examining and not noted:
            self.complaints.append(message.text)
