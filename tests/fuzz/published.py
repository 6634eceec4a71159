"""What a service published of itself, held against what it answers."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema

Json = Any


class Published:
    """The OpenAPI document of a service."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document = document
        self.operations: dict[str, Mapping[str, Json]] = {
            f"{method.upper()} {path}": operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        self._validator = cache(self._make_validator)

    def complaints(self, label: str, status: int, content_type: str, body: bytes) -> list[tuple[str, str]]:
        """Return how an answer departs from what was published: kind (``undocumented``, ``mismatch``) and detail."""
        described = self.operations[label]["responses"].get(str(status))
        if described is None:
            return [("undocumented", f"status {status}")]
        content: Mapping[str, Json] = described.get("content", {})
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type not in content:
            if not body and not content:
                return []
            return [("mismatch", f"{status} as {media_type or 'nothing'}, not as {' or '.join(content) or 'nothing'}")]
        if media_type not in {"application/json", "application/problem+json"}:
            return []
        try:
            value = json.loads(body)
        except ValueError:
            return [("mismatch", f"{status} is no JSON")]
        error = jsonschema.exceptions.best_match(self._validator(label, str(status), media_type).iter_errors(value))
        return [] if error is None else [("mismatch", f"{status} {error.json_path}: {error.message[:200]}")]

    def _make_validator(self, label: str, status: str, media_type: str) -> jsonschema.Draft202012Validator:
        schema = self.operations[label]["responses"][status]["content"][media_type].get("schema", {})
        # References point into the document, so the components stand beside the schema.
        whole = {"$ref": "#/schema", "schema": schema, "components": self.document.get("components", {})}
        return jsonschema.Draft202012Validator(whole)
