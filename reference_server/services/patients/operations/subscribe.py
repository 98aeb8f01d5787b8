"""Subscriptions of organisations to changes of their patients (IHE PMIR ITI-94).

An organisation hears of persons who have a number of its domain, whatever its criteria.
"""

from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.services.patients.errors.exchange import (
    SubscriptionsTooMany,
    SubscriptionUnknown,
)
from reference_server.services.patients.fhir.subscription import Wish
from reference_server.services.patients.model.subscription import Subscriber
from reference_server.services.patients.store.subscribers import (
    change_subscription,
    drop_subscription,
    get_subscription,
    subscribe_by_fhir,
    subscriptions_of,
)
from reference_server.world import Call, authorise, record

MOST: Final = 20


def subscribe(call: Call, wish: Wish) -> Subscriber:
    """Tell the caller's organisation from now on; the same wish again is the same subscription.

    Raises SubscriptionsTooMany.
    """
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        kept = subscriptions_of(tx, caller.organization)
        asked = (wish.endpoint, wish.criteria, wish.payload)
        for each in kept:
            if (each.told, each.criteria, each.payload) == asked:
                _record(call, tx, each)
                return each
        # CHECK
        if len(kept) >= MOST:
            raise SubscriptionsTooMany(most=MOST)
        # APPLY
        made = subscribe_by_fhir(
            tx,
            call.world.ids.uuid(),
            caller.organization,
            told=wish.endpoint,
            wish=_kept(wish),
        )
        # RECORD
        _record(call, tx, made)
    return made


def read(call: Call, identifier: str) -> Subscriber:
    """Return a subscription of the caller's organisation; raises SubscriptionUnknown."""
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        found = _own(tx, identifier, caller.organization)
        # RECORD
        _record(call, tx, found)
    return found


def change(call: Call, identifier: str, wish: Wish) -> Subscriber:
    """Tell by another wish, not for the time being, or again; raises SubscriptionUnknown.

    What happened while it was off is told afterwards.
    """
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        found = _own(tx, identifier, caller.organization)
        # APPLY
        changed = change_subscription(
            tx, found.id, told=wish.endpoint, is_off=wish.is_off, wish=_kept(wish)
        )
        # RECORD
        _record(call, tx, changed)
    return changed


def cancel(call: Call, identifier: str) -> None:
    """Tell no longer; raises SubscriptionUnknown."""
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        found = _own(tx, identifier, caller.organization)
        # APPLY
        drop_subscription(tx, found.id)
        # RECORD
        _record(call, tx, found)


def _kept(wish: Wish) -> dict[str, str]:
    return {"criteria": wish.criteria, "reason": wish.reason, "payload": wish.payload}


def _own(tx: Transaction, identifier: str, organisation: str) -> Subscriber:
    found = get_subscription(tx, identifier)
    if found is None or found.organisation != organisation:
        raise SubscriptionUnknown
    return found


def _record(call: Call, tx: Transaction, about: Subscriber) -> None:
    call.deed.entities.append(f"Subscription/{about.id}")
    record(call, tx)
