"""What the laboratory's product says to the person at the screen, in French; knows no work."""

from test_suites.vendors.kit.answer import (
    NotReadable,
    NotTrusted,
    NotWelcome,
    Refused,
    SignInRefused,
    Trouble,
)

NO_CODE = (
    "Aucun code QR d'ordonnance n'a pu être lu sur ce document. "
    "Saisissez le numéro de l'ordonnance et la date de naissance du patient."
)
NOT_FOUND = "Aucune ordonnance connue de ce laboratoire ne porte ce numéro."
STATES = {
    "active": "à traiter",
    "in-progress": "réservée",
    "partially-dispensed": "délivrée en partie",
    "completed": "entièrement délivrée",
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
            return (f"Refus du service national : {' ; '.join(trouble.reasons)}", undone)
        case NotTrusted():
            return ("Certificat du service national non reconnu, connexion abandonnée.", undone)
        case NotWelcome():
            return ("Notre certificat n'est pas accepté par le service national.", undone)
        case SignInRefused():
            return ("Le laboratoire n'a pas été reconnu par le service national.", undone)
        case NotReadable():
            return ("Réponse du service national illisible.", undone)
        case _:
            return ("Service national injoignable pour le moment.", undone)
