"""Keys of tips, the keyring and its rotation, and what each holder can and cannot open."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox

from services.tips.storage.keyring import Generation, Keyring, WatchedKeyring, read_keyring, write_keyring
from services.tips.storage.sealed_stream import CHUNK_BYTES, SealedWriter, read_sealed
from services.tips.storage.sealing import (
    ReporterIdentity,
    Sealer,
    TeamReader,
    TipContent,
    TipKeys,
    Unreadable,
    open_identity,
    read_as_reporter,
)

SEED = b"s" * 32


def generation() -> Generation:
    private = PrivateKey.generate()
    return Generation(bytes(private.public_key), bytes(private), os.urandom(32))


RING = generation()


@pytest.fixture
def officer() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def ring() -> Keyring:
    return Keyring((generation(),))


@pytest.fixture
def sealer(ring: Keyring, officer: PrivateKey) -> Sealer:
    return Sealer(lambda: ring, bytes(officer.public_key))


def test_the_team_opens_what_was_sealed_for_a_tip_and_nothing_of_another(ring, sealer):
    keys, other = sealer.new_tip(), sealer.new_tip()
    reader = TeamReader(lambda: ring)
    content = TipContent("三楼挂床", "人民医院")
    sealed = sealer.content(content, keys)
    assert reader.open(keys).content(sealed) == content
    assert reader.open(keys).message(sealer.message_for_team("何时", keys)) == "何时"
    with pytest.raises(Unreadable):
        reader.open(other).content(sealed)


def test_a_process_without_private_keys_seals_and_opens_nothing(ring, officer):
    outward = ring.without_private()
    keys = Sealer(lambda: outward, bytes(officer.public_key)).new_tip()
    reader = TeamReader(lambda: outward)
    assert not reader.can_read
    with pytest.raises(Unreadable):
        reader.open(keys)
    assert TeamReader(lambda: ring).open(keys).private


def test_an_identity_needs_the_team_and_the_officer(ring, sealer, officer):
    keys = sealer.new_tip()
    identity = ReporterIdentity("王小明", "13800000000", "440000199001010000")
    stored = sealer.identity(identity, keys)
    for alone in (bytes(officer), ring.current.private):
        with pytest.raises(Unreadable):
            open_identity(stored, alone)
    released = TeamReader(lambda: ring).open(keys).identity_for_officer(stored)
    assert open_identity(released, bytes(officer)) == identity
    with pytest.raises(Unreadable):
        open_identity(released, bytes(PrivateKey.generate()))


def test_the_length_of_what_is_sealed_tells_little(sealer):
    keys = sealer.new_tip()
    short = sealer.identity(ReporterIdentity("王", "1380000"), keys)
    long = sealer.identity(ReporterIdentity("欧阳" * 30, "13800000000", "44000019900101000X"), keys)
    assert len(short) == len(long)


@given(st.text(max_size=2000))
def test_every_text_comes_back_as_it_was(text: str):
    ring = Keyring((RING,))
    sealer = Sealer(lambda: ring, RING.public)
    keys = sealer.new_tip()
    assert TeamReader(lambda: ring).open(keys).message(sealer.message_for_team(text, keys)) == text


def test_a_reporter_reads_answers_only_as_long_as_the_tips_keys_are_there(ring, sealer):
    keys = sealer.new_tip()
    sealed = sealer.message_for_reporter("请补充", sealer.reporter_public_key(SEED), keys)
    assert read_as_reporter(sealed, SEED, keys, lambda: ring) == "请补充"
    with pytest.raises(Unreadable):
        read_as_reporter(sealed, SEED, sealer.new_tip(), lambda: ring)
    with pytest.raises(Unreadable):
        read_as_reporter(sealed, b"x" * 32, keys, lambda: ring)


def test_after_a_rotation_and_the_removal_of_the_old_generation_an_old_backup_opens_nothing(ring, sealer, officer):
    backup = sealer.new_tip()
    sealed = sealer.content(TipContent("x"), backup)
    rotated = ring.rotated()
    opened = TeamReader(lambda: rotated).open(backup)
    again = Sealer(lambda: rotated, bytes(officer.public_key)).wrap(PrivateKey(opened.private), opened.envelope)
    left = rotated.without(ring.current.id)
    assert TeamReader(lambda: left).open(again).content(sealed) == TipContent("x")
    with pytest.raises(Unreadable):
        TeamReader(lambda: left).open(backup)


def test_the_current_generation_cannot_be_removed(ring):
    with pytest.raises(ValueError, match="not the current"):
        ring.without(ring.current.id)
    with pytest.raises(ValueError, match="not the current"):
        ring.rotated().without("unknown")


def test_a_running_process_sees_the_new_ring_and_keeps_the_last_one_when_the_file_is_away(ring, tmp_path: Path):
    path = tmp_path / "keys" / "ring.json"
    watched = WatchedKeyring(path, ring, with_private=True)
    assert watched().current.id == ring.current.id
    write_keyring(path, ring.rotated())
    assert len(watched().generations) == 2
    assert path.stat().st_mode & 0o077 == 0
    assert WatchedKeyring(path, None, with_private=False)().current.private is None
    path.unlink()
    assert len(watched().generations) == 2
    with pytest.raises(ValueError, match="no keyring"):
        WatchedKeyring(path, None, with_private=True)()


def test_a_file_that_is_no_keyring_is_refused_without_repeating_it(tmp_path: Path):
    path = tmp_path / "ring.json"
    path.write_text('{"generations": [{"public": "SECRET", "envelope": "SECRET"}]}')
    with pytest.raises(ValueError, match=r"^the file is no keyring$"):
        read_keyring(path)


def test_a_tip_of_before_with_one_data_key_is_still_read(ring):
    """The form of the first version: content under a data key, the key and messages sealed for the team directly."""
    key, team = os.urandom(32), SealedBox(PrivateKey(ring.current.private).public_key)
    padded = b'{"text":"x"}\x80' + bytes(10)
    opened = TeamReader(ring.rotated).open(TipKeys("", team.encrypt(key)))
    assert opened.content(bytes(SecretBox(key).encrypt(padded))) == TipContent("x")
    assert opened.message(team.encrypt("问".encode() + b"\x80" + bytes(3))) == "问"


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_sealed_file_is_read_back_and_tells_nothing(tmp_path: Path, size: int):
    content = (b"SECRET" * (size // 6 + 1))[:size]
    writer = SealedWriter(tmp_path / "file")
    for start in range(0, size, 1000):
        writer.write(content[start : start + 1000])
    writer.finish()
    assert b"".join(read_sealed(writer.path, writer.key)) == content
    assert b"SECRET" not in writer.path.read_bytes()
    assert writer.path.stat().st_mode & 0o077 == 0
    with pytest.raises(Unreadable):
        list(read_sealed(writer.path, os.urandom(32)))


@pytest.mark.parametrize("harm", ["cut at a chunk", "cut inside", "bit", "swapped", "headless"])
def test_a_sealed_file_that_was_harmed_is_noticed(tmp_path: Path, harm: str):
    writer = SealedWriter(tmp_path / "file")
    writer.write(os.urandom(3 * CHUNK_BYTES))
    writer.finish()
    stored, chunk = bytearray(writer.path.read_bytes()), CHUNK_BYTES + 17
    if harm == "cut at a chunk":
        del stored[24 + 2 * chunk :]
    elif harm == "cut inside":
        del stored[-100:]
    elif harm == "bit":
        stored[1000] ^= 1
    elif harm == "swapped":
        stored[24 : 24 + 2 * chunk] = stored[24 + chunk : 24 + 2 * chunk] + stored[24 : 24 + chunk]
    else:
        del stored[10:]
    writer.path.write_bytes(stored)
    with pytest.raises(Unreadable):
        list(read_sealed(writer.path, writer.key))
