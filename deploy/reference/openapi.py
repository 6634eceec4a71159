"""``docs/openapi/<service>.json``: the HTTP interface of each service, from its own app."""

import importlib
import json
from pathlib import Path
from typing import Any

from deploy.reference.configuration import settings_classes

SERVICES = Path(__file__).parents[2] / "services"


def render() -> dict[str, str]:
    """Text of each document by file name, for every service that has an app."""
    documents = {}
    for settings in settings_classes():
        service = settings.__module__.split(".")[1]
        if not (SERVICES / service / "app.py").exists():
            continue
        app: Any = importlib.import_module(f"services.{service}.app").create_app(settings(_env_file=None))
        documents[f"{service}.json"] = json.dumps(app.openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return documents
