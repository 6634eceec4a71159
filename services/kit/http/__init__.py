"""HTTP as every service speaks it: one way to make an application, one form of error, probes and metrics."""

from services.kit.http.application import ServiceResources, create_service_app
from services.kit.http.language import Language, language

__all__ = ["Language", "ServiceResources", "create_service_app", "language"]
