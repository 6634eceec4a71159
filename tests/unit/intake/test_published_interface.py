"""What intake publishes of its answers beside what every service does."""

import pytest

from services.intake.app import create_app
from services.intake.settings import IntakeSettings


@pytest.fixture(scope="module")
def paths():
    return create_app(IntakeSettings(_env_file=None)).openapi()["paths"]


@pytest.mark.parametrize("kind", ["institutions", "practitioners", "departments", "insured-persons"])
def test_a_bulk_request_is_answered_in_ndjson(paths, kind):
    answer = paths[f"/intake/v1/{kind}/bulk"]["post"]["responses"]["200"]
    assert list(answer["content"]) == ["application/x-ndjson"]


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("imports", {"400", "404", "413", "429"}),
        ("reconciliations", {"404", "422"}),
        ("reconciliations/csv", {"404", "408", "413"}),
        ("statement-files", {"408", "413"}),
        ("settlements", {"408", "409", "413", "429"}),
        ("settlement-lists", {"409", "413", "429"}),
    ],
)
def test_a_post_tells_how_it_may_be_refused(paths, path, statuses):
    assert statuses <= set(paths[f"/intake/v1/{path}"]["post"]["responses"])


@pytest.mark.parametrize("path", ["body", "corrections", "release"])
def test_an_entry_of_the_quarantine_may_be_gone(paths, path):
    (operation,) = paths[f"/intake/v1/quarantine/{{entry_id}}/{path}"].values()
    assert "410" in operation["responses"]
