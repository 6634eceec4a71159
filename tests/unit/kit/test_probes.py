"""Probes: alive, and ready."""

import pytest


async def test_a_process_that_runs_is_alive_even_without_its_database(serve, resources):
    resources.database.ill = ConnectionError("postgresql://user:secret@host")
    async with serve() as client:
        answer = await client.get("/probe/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_service_with_its_database_is_ready(serve):
    async with serve() as client:
        assert (await client.get("/probe/health/ready")).json() == {"status": "ok"}


async def test_a_service_without_its_database_is_not_ready_and_does_not_say_why(serve, resources):
    resources.database.ill = ConnectionError("postgresql://user:secret@host")
    async with serve() as client:
        answer = await client.get("/probe/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "secret" not in answer.text
    assert answer.headers["retry-after"] == "5"


async def test_a_stale_schema_is_not_ready(serve, resources):
    async def stale():
        raise RuntimeError("behind")

    resources.database.require_current_schema = stale
    async with serve() as client:
        assert (await client.get("/probe/health/ready")).status_code == 503


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
async def test_a_service_may_add_checks_of_its_own(serve, resources, well, status):
    async def bus() -> None:
        if not well:
            raise TimeoutError

    resources.ready_checks = (bus,)
    async with serve() as client:
        assert (await client.get("/probe/health/ready")).status_code == status
