"""What the intake worker listens to, and what it does of itself."""

import asyncio
from collections.abc import Sequence
from functools import partial

from services.intake import wiring
from services.intake.api.import_targets import targets
from services.intake.api.quarantine_replay import reversal
from services.intake.consumers import subscribe
from services.intake.wiring import Resources
from services.kit.inbox import Subscription
from services.kit.periodic import Periodic
from services.kit.runner import Loop

SWEEP_SECONDS = 30.0
"""How often overdue visits and forgotten nonces are looked for."""

WAITING_SECONDS = 5.0
"""How often it is looked whether settlements have come that reversals wait for."""

IMPORT_SECONDS = 1.0
"""How often it is looked whether files wait to be imported."""

IMPORT_SWEEP_SECONDS = 300.0
"""How often abandoned uploads and forgotten imports are looked for."""

TURN_SECONDS = 60.0
"""How often it is looked whether a day has begun that changes what the registry reads like."""


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)


def loops(resources: Resources) -> Sequence[Loop]:
    """Return what runs beside the consumer until the process stops."""
    release_waiting = resources.quarantine.release_waiting(partial(reversal, resources))
    return (
        Periodic("intake", "quarantine.waiting", release_waiting, seconds=WAITING_SECONDS),
        Periodic("intake", "visits.sweep", wiring.build_sweep_visits(resources), seconds=SWEEP_SECONDS),
        Periodic("intake", "quarantine.sweep", resources.quarantine.sweep, seconds=SWEEP_SECONDS),
        Periodic("intake", "reconciliations.sweep", resources.reconciliations.reconcile.sweep, seconds=SWEEP_SECONDS),
        Periodic("intake", "activity.measure", resources.watch_activity.measure, seconds=TURN_SECONDS),
        Periodic("intake", "registry.turn", wiring.build_turn_registry_day(resources), seconds=TURN_SECONDS),
        Periodic("intake", "imports.sweep", wiring.build_follow_imports(resources).sweep, seconds=IMPORT_SWEEP_SECONDS),
        imports(resources),
    )


def imports(resources: Resources) -> Loop:
    """Return what runs imports, one after the other; one in hand is given back when the process stops."""
    run = wiring.build_run_imports(resources, targets(resources))

    async def loop(stop: asyncio.Event) -> None:
        async def waiting() -> None:
            while not stop.is_set() and await run(stop):
                pass

        await Periodic("intake", "imports.run", waiting, seconds=IMPORT_SECONDS)(stop)

    return loop
