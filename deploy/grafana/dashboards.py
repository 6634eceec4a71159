"""The dashboards' JSON as Grafana's provisioning reads it."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.service_health import UID as SERVICES
from deploy.grafana.service_health import service_health
from deploy.grafana.settlement_journey import UID as JOURNEY
from deploy.grafana.settlement_journey import settlement_journey


def render() -> dict[str, str]:
    """Text of every dashboard by file name."""
    built = {JOURNEY: settlement_journey(), SERVICES: service_health()}
    return {f"{uid}.json": _text(builder.build()) for uid, builder in built.items()}


def _text(dashboard: Any) -> str:
    content = json.loads(json.dumps(dashboard, cls=JSONEncoder))
    # Numbered in order of appearance, so that a link to a panel stays what it is.
    for number, panel in enumerate(content["panels"], start=1):
        panel["id"] = number
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
