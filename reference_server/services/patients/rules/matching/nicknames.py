"""Given names that are one in daily use: short forms and the same name in another language; pure.

The groups are of this project's own making, from common knowledge of names in Luxembourg.
"""

from functools import cache, lru_cache
from typing import Final

from reference_server.services.patients.rules.matching.normal import name_words

_GROUPS: Final = """
johann johannes jean jang john jhang hans johny joao juan giovanni ivan
josef joseph jos jup jempi jose josy joe giuseppe sepp
peter pierre pier pit pitt pedro pietro
paul pol paulo paolo
nicolas nikolaus nic nik niki nico klaus claus nicolau
michel michael mich misch mike miguel michele mikael
franz francois francis frang frank fra francisco francesco chico
heinrich henri heng henry enrique henrique harry
wilhelm guillaume wellem will willy william guilherme guglielmo
karl charles charel carlo carlos charly
jakob jacques jacob jak jim tiago jaime james
matthias mathias mathieu matthieu mett mathis mateus matias
anton antoine toni tony tun tunn antonio tonio
ludwig louis lou luis luigi lui luiz
georg georges georges jorge jorg george schorsch giorgio
eduard edouard edy edmond edouardo eduardo
robert rob bob roby roberto
albert al bert berti alberto
ernest ernst ernesto nesty
emil emile emilio mil
rudolf rodolphe rudy rodolfo
theodor theodore theo teodoro
alexander alexandre alex sacha xander alessandro
christian chris cristiano christen
christophe christoph christof cristovao toff
philippe philipp phil filipe felipe
stefan stephane etienne steve steven stephan estevao stefano
andreas andre andy andrew
daniel dan danny daniele
thomas tom tomas tommaso
patrick pat patricio
manuel manu emanuel emmanuel
fernand fernando ferdinand nand
marc mark marcus markus marco marcos
laurent laurenz lorenz lourenco lorenzo
leonhard leonard leo leonardo
maria marie mary mia miette mariechen maryse
anna anne ann annie anni aenn ana anouk
katharina catherine catarina caterina kathrin kate keth ketty cathy kati karin
margareta marguerite margarethe margarida gretchen greta grete gritt margot maggy margherita
magdalena madeleine maddy madalena lena leen
elisabeth elisabete lisa liz lis isabel isabelle bettina elise betty lisbeth elsbeth beth
susanna suzanne susanne susana suzette susi
theresia therese teresa theresa tess resi
barbara baerbel barb babsy
josephine josefine josefina josee josette finny
johanna jeanne joana jeannette giovanna jenny
helena helene elena helen leni lene
luzia lucie lucia luce lucy
klara claire clara clare chiara
julia julie giulia juliette
sofia sophie sophia fie
charlotte lotty lotte carlota
franziska francoise francisca francesca fanny
antonia antoinette nettchen tonia
henriette henrietta jett enriqueta
angelika angelique angelica angela angele
veronika veronique veronica vero
martina martine
monika monique monica
christina christine cristina christiane tina
nathalie natalie natalia natalija
alexandra sandra sandy
caroline carolina karoline caro
mathilde matilda matilde tilly
gertrud gertrude trudy
patricia patty
dominique dominik domingos
beatriz beatrice beatrix bea
lourdes lurdes
conceicao concetta
"""


@cache
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_GROUPS.strip().splitlines()):
        for name in line.split():
            found.setdefault("".join(name_words(name)), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def same_person_name(one: str, two: str) -> bool:
    """Tell whether two given names, in normal form, may be one name of one person."""
    groups = _groups()
    return bool(groups.get(one, frozenset()) & groups.get(two, frozenset()))


@lru_cache(maxsize=4096)
def other_names(name: str) -> tuple[str, ...]:
    """Return the names by which somebody of this name may be called, in normal form, in order."""
    written = "".join(name_words(name))
    lines = (line.split() for line in _GROUPS.strip().splitlines())
    found = (line for line in lines if written in line)
    return tuple(dict.fromkeys(each for line in found for each in line if each != written))
