"""The keys a development installation makes for itself, each in a file that only its owner may read."""

import base64
import os
from pathlib import Path

from nacl.public import PrivateKey

from services.tips.storage.keyring import KEY_BYTES

OFFICER_FOLDER = "officer"
"""Where the identity officer's private key of a demonstration lies: apart from the keys, never read by the service."""

PAYOUT_FOLDER = "payout-office"
"""Where the payout office's private key of a demonstration lies, apart like the officer's."""


def development_keys(state_directory: Path) -> dict[str, str]:
    """Return the key settings of a development installation, made in its state directory the first time.

    The private keys of the identity officer and of the payout office are written once, into folders of their own for a
    demonstration of opening, and not read again; they are not among the settings, and a real installation makes them
    on other machines.
    """
    folder = state_directory / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    team = PrivateKey(_kept(folder / "tips-team.key"))
    return {
        "tips_receipt_salt": _text(_kept(folder / "tips-receipt-salt.key")),
        "tips_team_public_key": _text(bytes(team.public_key)),
        "tips_team_private_key": _text(bytes(team)),
        "tips_identity_public_key": _text(_officer(folder, state_directory / OFFICER_FOLDER)),
        "tips_payout_public_key": _text(
            _apart(folder / "tips-payout-office.pub", state_directory / PAYOUT_FOLDER / "tips-payout-office.key")
        ),
        "tips_filing_signing_key": _text(_kept(folder / "tips-filing-signing.key")),
    }


def make_officer_key(path: Path) -> bytes:
    """Make an officer's key pair: the private half into a new file, the public half returned.

    Raises FileExistsError where the file exists.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_text(bytes(private)) + "\n")
    return bytes(private.public_key)


def _officer(folder: Path, apart: Path) -> bytes:
    public, private = folder / "tips-identity-officer.pub", apart / "tips-identity-officer.key"
    former = folder / "tips-identity-officer.key"
    if former.exists():
        # Installations from before had both halves among the keys.
        apart.mkdir(exist_ok=True, mode=0o700)
        _keep(public, bytes(PrivateKey(_read(former)).public_key))
        former.replace(private)
    return _apart(public, private)


def _apart(public: Path, private: Path) -> bytes:
    if not public.exists():
        try:
            _keep(public, make_officer_key(private))
        except FileExistsError:
            # Another process of the same start made it, or a start broke off between the two files.
            _keep(public, bytes(PrivateKey(_read(private)).public_key))
    return _read(public)


def _kept(path: Path) -> bytes:
    """Return the key in a file; where there is none, make one, and let the first of two makers win."""
    if not path.exists():
        _keep(path, os.urandom(KEY_BYTES))
    return _read(path)


def _keep(path: Path, key: bytes) -> None:
    scratch = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_text(key) + "\n")
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()


def _read(path: Path) -> bytes:
    return base64.b64decode(path.read_text().strip(), validate=True)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
