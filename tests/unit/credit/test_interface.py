"""The published interface: every body and answer has an example that its own schema accepts."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from services.credit.api.examples import EXAMPLES
from services.credit.app import create_app
from services.credit.settings import CreditSettings
from services.kit.http.interface_document import ExampleMaker, complete

DOCUMENT = create_app(CreditSettings(_env_file=None)).openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def bodies(operation):
    if "requestBody" in operation:
        yield "body", operation["requestBody"]["content"]
    for status, answer in operation["responses"].items():
        if "content" in answer:
            yield status, answer["content"]


def validator(schema):
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_body_and_answer_has_an_example_that_fits(name, operation):
    seen = 0
    for where, content in bodies(operation):
        for media_type, described in content.items():
            if media_type not in {"application/json", "application/problem+json"}:
                continue
            seen += 1
            assert "example" in described, f"{name} {where}"
            errors = [
                f"{'/'.join(map(str, one.absolute_path))}: {one.message}"
                for one in validator(described["schema"]).iter_errors(described["example"])
            ]
            assert errors == [], f"{name} {where}"
    assert seen


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_route_tells_its_problems(name, operation):
    told = {int(status) for status in operation["responses"] if int(status) >= 400}
    wanted = {503}
    if "security" in operation:
        wanted |= {401, 403}
    if "{" in name:
        wanted.add(404)
    if "requestBody" in operation or "parameters" in operation:
        wanted.add(422)
    assert wanted <= told
    for status in told:
        problem = operation["responses"][str(status)]["content"]["application/problem+json"]["example"]
        assert problem["status"] == status


def test_the_frameworks_own_errors_which_nobody_ever_gets_are_not_published():
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)


def test_every_field_has_an_example_of_its_own():
    app = create_app(CreditSettings(_env_file=None))
    app._examples = None
    assert complete(app.openapi(), EXAMPLES) == set()


def test_no_example_is_kept_for_a_field_that_is_gone():
    names = {name for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", {})} | {
        parameter["name"] for _, one in OPERATIONS for parameter in one.get("parameters", ())
    }
    kept = {key.rsplit(".", 1)[-1] for key in EXAMPLES if not key.startswith("*")}
    assert kept - names == set()


def test_a_field_without_a_value_is_named():
    schemas = {"View": {"type": "object", "properties": {"number": {"type": "integer"}, "new": {"type": "string"}}}}
    maker = ExampleMaker(schemas, {"number": 3})
    assert maker.make({"$ref": "#/components/schemas/View"}) == {"number": 3, "new": "…"}
    assert maker.missing == {"View.new"}
