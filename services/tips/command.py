"""The command `fundwarden tips`: what officers and operators do with keys, away from the HTTP interfaces."""

import asyncio
import base64
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from services.tips.settings import TipsSettings
from services.tips.storage.development_keys import make_officer_key
from services.tips.storage.keyring import Keyring, key_id, write_keyring
from services.tips.storage.payouts import open_payout
from services.tips.storage.sealing import Unreadable, open_identity
from services.tips.wiring import build_rewrap_tips, open_resources

app = typer.Typer(no_args_is_help=True, help="举报密钥与身份 Keys of tips, and sealed identities.")

_console = Console()
_errors = Console(stderr=True)

PrivateKeyFile = Annotated[Path, typer.Option("--key", help="Private key file of the identity officer.")]
PayoutKeyFile = Annotated[Path, typer.Option("--key", help="Private key file of the payout office.")]


class _SealedIdentity(msgspec.Struct):
    sealed: str
    key_id: str | None = None


@app.command("officer-key")
def officer_key(path: Annotated[Path, typer.Argument(help="New file for the private key.")]) -> None:
    """生成身份保管密钥 Make an officer's key pair, on a machine that is not the service's; print the public half."""
    try:
        public = make_officer_key(path)
    except FileExistsError:
        _fail("文件已存在，不覆盖。", "The file exists and is not overwritten.")
    _errors.print(f"私钥 private key: {path}  ·  编号 id: {key_id(public)}")
    sys.stdout.write(base64.b64encode(public).decode() + "\n")


@app.command("open-identity")
def open_identity_command(
    file: Annotated[Path, typer.Argument(help="What two officers had released, as JSON.")], key: PrivateKeyFile
) -> None:
    """离线打开身份 Open a released identity offline; it is printed and kept nowhere."""
    try:
        released = msgspec.json.decode(file.read_bytes(), type=_SealedIdentity)
        private = base64.b64decode(key.read_text().strip(), validate=True)
        identity = open_identity(base64.b64decode(released.sealed, validate=True), private)
    except (OSError, ValueError, msgspec.DecodeError):
        _fail("文件无法读取。", "A file cannot be read.")
    except Unreadable:
        _fail("私钥不符，无法打开。", "This private key does not open it.")
    shown = {"姓名 name": identity.name, "电话 phone": identity.phone, "证件 id": identity.id_number or "-"}
    sys.stdout.write("".join(f"{label}: {value}\n" for label, value in shown.items()))


@app.command("payout-key")
def payout_key(path: Annotated[Path, typer.Argument(help="New file for the private key.")]) -> None:
    """生成发放机构密钥 Make the payout office's key pair, on its own machine; print the public half."""
    officer_key(path)


@app.command("open-payee")
def open_payee_command(
    file: Annotated[Path, typer.Argument(help="The sealed payee, as JSON.")], key: PayoutKeyFile
) -> None:
    """离线打开收款信息 Open a sealed payee offline; it is printed with the token and kept nowhere."""
    try:
        released = msgspec.json.decode(file.read_bytes(), type=_SealedIdentity)
        private = base64.b64decode(key.read_text().strip(), validate=True)
        opened = open_payout(base64.b64decode(released.sealed, validate=True), private)
    except (OSError, ValueError, msgspec.DecodeError):
        _fail("文件无法读取。", "A file cannot be read.")
    except Unreadable:
        _fail("私钥不符，无法打开。", "This private key does not open it.")
    payee = opened.payee
    shown = {
        "收款人 payee": payee.name,
        "账号 account": payee.account,
        "开户行 bank": payee.bank or "-",
        "领奖凭证 token": opened.payment_token,
    }
    sys.stdout.write("".join(f"{label}: {value}\n" for label, value in shown.items()))


@app.command("keys")
def list_keys() -> None:
    """列出密钥代 List the generations of the team's keys, and how many tips each still wraps."""
    settings = TipsSettings()
    ring, counts = _ring(settings), asyncio.run(_counts(settings))
    table = Table("generation", "tips", "private half", "current", title="举报密钥 keys of the handling team")
    for known in ring.generations:
        held = "yes" if known.private else "no"
        table.add_row(known.id, str(counts.pop(known.id, 0)), held, "current" if known == ring.current else "")
    for unknown, count in counts.items():
        table.add_row(unknown or "(first version)", str(count), "?", "")
    _console.print(table)


@app.command("rotate-keys")
def rotate_keys(
    outward: Annotated[Path | None, typer.Option(help="Also write the ring without private halves here.")] = None,
) -> None:
    """更换密钥 Add a generation: new tips use it at once, the worker wraps the others again."""
    settings = TipsSettings()
    ring = _ring(settings).rotated()
    if outward is not None:
        # First, so that no process that faces the public lacks a generation that others use.
        write_keyring(outward, ring.without_private())
    write_keyring(settings.keyring_file, ring)
    _console.print(f"[green]已更换[/green] new generation {ring.current.id}, {datetime.now(UTC):%Y-%m-%d}")


@app.command("retire-key")
def retire_key(
    generation: Annotated[str, typer.Argument(help="Generation that no tip needs any more.")],
    outward: Annotated[Path | None, typer.Option(help="Also write the ring without private halves here.")] = None,
) -> None:
    """销毁旧密钥 Remove a generation; backups that need it can be read by nobody afterwards."""
    settings = TipsSettings()
    counts = asyncio.run(_counts(settings))
    if counts.get(generation) or counts.get(""):
        _fail(
            "仍有举报使用该密钥，请等待改封完成。", "Tips still need it; wait until the worker has wrapped them again."
        )
    try:
        ring = _ring(settings).without(generation)
    except ValueError:
        _fail("没有该密钥，或它是当前密钥。", "There is no such generation, or it is the current one.")
    write_keyring(settings.keyring_file, ring)
    if outward is not None:
        write_keyring(outward, ring.without_private())
    _console.print(f"[green]已销毁[/green] {generation}")


@app.command("rewrap")
def rewrap() -> None:
    """改封 Wrap the keys of all tips under the current generation now instead of in the worker's next round."""

    async def run() -> int:
        async with open_resources(TipsSettings()) as resources:
            return await build_rewrap_tips(resources)()

    _console.print(f"[green]已改封[/green] {asyncio.run(run())}")


def _ring(settings: TipsSettings) -> Keyring:
    try:
        return settings.keys().keyring()
    except ValueError as error:
        _fail("未设置密钥。", str(error))


async def _counts(settings: TipsSettings) -> dict[str, int]:
    async with open_resources(settings) as resources:
        return await build_rewrap_tips(resources).counts()


def _fail(zh: str, en: str) -> NoReturn:
    _errors.print(f"[red]{zh}[/red]\n{en}")
    raise typer.Exit(1)
