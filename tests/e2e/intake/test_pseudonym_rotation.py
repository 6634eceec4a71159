"""The secret of pseudonyms is replaced while settlements come in: a person stays one person."""

import msgspec
import pytest
from pydantic import SecretStr

from services.intake.app import create_app
from services.intake.wiring import open_resources
from services.kit.pseudonym import derive_key, pseudonym
from tests.conftest import running
from tests.support.intake import INSURED_NUMBER, SECRET, settlement

NEW_SECRET = "another secret for tests that is long enough"
SETTLEMENTS = "/intake/v1/settlements"


@pytest.fixture
def configured(settings):
    def with_secrets(secret: str, former: str = ""):
        changes = {"pseudonym_secret": SecretStr(secret), "pseudonym_former_secret": SecretStr(former)}
        return settings.model_copy(update=changes)

    return with_secrets


@pytest.fixture
def post(hospital):
    async def one(client, settlement_id):
        return await client.post(SETTLEMENTS, json=settlement(settlement_id), headers=hospital)

    return one


async def refs(rows) -> set[str]:
    bodies = await rows("select body from settlement")
    return {msgspec.json.decode(row[0])["insured_ref"] for row in bodies}


async def test_a_person_stays_one_person_when_the_secret_is_replaced_in_the_middle_of_a_run(
    configured, clock, client, post, rows
) -> None:
    assert (await post(client, "S1")).status_code == 201
    async with running(create_app(configured(NEW_SECRET, former=SECRET), clock=clock)) as rotated:
        # Old and new processes work side by side while one after the other is restarted.
        assert (await post(rotated, "S1")).status_code == 200
        assert (await post(rotated, "S2")).status_code == 201
        assert (await post(client, "S2")).status_code == 200
        assert (await post(client, "S3")).status_code == 201
        async with running(create_app(configured(SECRET), clock=clock)) as restarted_with_the_old:
            assert (await post(restarted_with_the_old, "S3")).status_code == 200
    async with running(create_app(configured(NEW_SECRET), clock=clock)) as without_the_old:
        for settlement_id in ("S1", "S2", "S3"):
            assert (await post(without_the_old, settlement_id)).status_code == 200
        assert (await post(without_the_old, "S4")).status_code == 201
    assert len(await refs(rows)) == 1
    assert len(await rows("select from pseudonym_key")) == 1


async def test_the_old_secret_opens_nothing_once_it_is_replaced(configured, clock, client, rows) -> None:
    del client
    for secret, former in ((NEW_SECRET, SECRET), (NEW_SECRET, "")):
        async with open_resources(configured(secret, former), clock=clock):
            pass
    with pytest.raises(ValueError, match="sealed under another secret") as refused:
        async with open_resources(configured(SECRET), clock=clock):
            pass
    assert SECRET not in str(refused.value)


async def test_a_secret_alone_maps_no_number_to_its_pseudonym(client, post, rows) -> None:
    await post(client, "S1")
    assert await refs(rows) != {pseudonym(INSURED_NUMBER, derive_key(SECRET))}


async def test_processes_that_start_at_once_share_one_key(configured, clock, client) -> None:
    del client
    keys = set()
    for secret, former in ((SECRET, ""), (NEW_SECRET, SECRET), (NEW_SECRET, SECRET), (SECRET, "")):
        async with open_resources(configured(secret, former), clock=clock) as resources:
            keys.add(resources.pseudonym_key)
    assert len(keys) == 1


async def test_pseudonyms_from_before_keys_were_kept_stay_as_they_are(configured, clock, client, post, rows) -> None:
    """An installation of an earlier release has settlements and no key: theirs were made with the secret itself."""
    await post(client, "S1")
    await rows("update pseudonym_key set sealed_under = '-', sealed = ''")
    async with open_resources(configured(SECRET), clock=clock) as resources:
        assert resources.pseudonym_key == derive_key(SECRET)
    async with running(create_app(configured(NEW_SECRET, former=SECRET), clock=clock)) as rotated:
        assert (await post(rotated, "S2")).status_code == 201
    assert pseudonym(INSURED_NUMBER, derive_key(SECRET)) in await refs(rows)
