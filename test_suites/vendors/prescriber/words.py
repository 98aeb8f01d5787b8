"""What the prescriber's product says to the person at the screen, in French; knows no work."""

from test_suites.vendors.kit.answer import (
    NotReadable,
    NotTrusted,
    NotWelcome,
    Refused,
    SignInRefused,
    Trouble,
)

STATES = {
    "active": "active, pas encore délivrée",
    "in-progress": "en cours chez un laboratoire",
    "partially-dispensed": "délivrée en partie",
    "completed": "délivrée",
    "cancelled": "annulée",
    "expired": "expirée",
}


def state(code: str) -> str:
    """Return a state in words; an unknown one as it came."""
    return STATES.get(code, code)


def explain(trouble: Trouble, *, undone: str) -> tuple[str, ...]:
    """Return the sentences that tell why ``undone`` ("L'ordonnance n'a pas été …")."""
    match trouble:
        case Refused():
            return (f"Le service national a refusé. {undone}", *trouble.reasons)
        case NotTrusted():
            return (f"L'identité du service national n'a pas pu être vérifiée. {undone}",)
        case NotWelcome():
            return (f"Le service national n'accepte pas notre certificat. {undone}",)
        case SignInRefused():
            return (f"L'authentification a échoué. {undone}",)
        case NotReadable():
            return (f"La réponse du service national est illisible. {undone}",)
        case _:
            return (f"Le service national ne répond pas. {undone}",)
