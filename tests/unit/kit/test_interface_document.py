"""The published interface: problems of every route, whether or not it has examples."""

import pytest

from services.kit.http.interface_document import complete


def published(method: str = "get", path: str = "/things", **operation):
    document = {"paths": {path: {method: {"responses": {"200": {"description": "well"}}} | operation}}}
    complete(document, None)
    return document, document["paths"][path][method]


def statuses(**operation) -> set[str]:
    return set(published(**operation)[1]["responses"])


def test_an_open_route_may_be_unavailable_or_asked_too_often():
    assert statuses() == {"200", "429", "503"}


def test_a_guarded_route_with_a_path_and_a_body_tells_all_that_may_be_wrong_with_it():
    found = statuses(method="post", path="/things/{id}", security=[{"bearer": []}], requestBody={"content": {}})
    assert found == {"200", "401", "403", "404", "409", "413", "422", "429", "503"}


@pytest.mark.parametrize("status", ["400", "408", "410"])
def test_what_a_route_declares_for_itself_has_the_form_of_every_problem(status):
    document, operation = published(responses={"200": {}, status: {"description": "by itself"}})
    schema = operation["responses"][status]["content"]["application/problem+json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Problem"}
    assert document["components"]["schemas"]["Problem"]["required"][0] == "type"


def test_without_values_nothing_is_exemplified():
    answer = {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}}}
    _, operation = published(responses=answer)
    assert operation["responses"]["200"]["content"]["application/json"] == {
        "schema": {"type": "object", "properties": {}}
    }


async def test_the_page_of_metrics_is_published_in_both_its_forms(serve):
    async with serve() as client:
        document = (await client.get("/probe/openapi.json")).json()
        page = await client.get("/probe/metrics")
    content = document["paths"]["/probe/metrics"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"text/plain", "application/openmetrics-text"}
    assert page.headers["content-type"].partition(";")[0] in content
