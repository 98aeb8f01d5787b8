"""May we build on a library under these terms? Reads distribution metadata; judges no code."""

import re
from email.message import Message
from importlib.metadata import Distribution, PackageMetadata

_STRONG_COPYLEFT = re.compile(r"\bA?GPL|\bGeneral Public License")
_WORDS = {
    "MIT": "Permission is hereby granted, free of charge, to any person obtaining a copy",
    "Apache-2.0": "Apache License Version 2.0, January 2004 http://www.apache.org/licenses/",
}
_LESSER = re.compile(r"\bLGPL[\w.+\-]*|(?:GNU )?(?:Lesser|Library) General Public License[^,;]*")


def grants(library: Distribution) -> tuple[str, ...]:
    """What its licence files grant: two licences are known by their words."""
    files = (
        library.read_text(f"{folder}{name}")
        for name in library.metadata.get_all("License-File") or ()
        for folder in ("licenses/", "")
    )
    read = [" ".join(text.split()) for text in files if text]
    return tuple(name for text in read for name, words in _WORDS.items() if words in text)


def choices(metadata: PackageMetadata | Message) -> tuple[str, ...]:
    """The licences one may choose from: SPDX alternatives, else classifiers, else the free text.

    Several classifiers are alternatives, as authors of dual-licensed libraries use them. A nested
    expression counts as one choice: rather too strict than too lax.
    """
    expression = metadata["License-Expression"]
    if expression:
        alternatives = expression.split(" OR ")
        return (expression,) if "(" in expression else tuple(alternatives)
    classifiers = tuple(
        classifier.removeprefix("License :: ")
        for classifier in metadata.get_all("Classifier") or ()
        if classifier.startswith("License :: ")
    )
    first_lines = (metadata["License"] or "").strip().splitlines()[:1]
    return classifiers or tuple(first_lines)


def acceptable(metadata: PackageMetadata | Message, *, granted: tuple[str, ...] = ()) -> bool:
    """Is there a choice without GPL or AGPL? A library that states no licence has none.

    `granted` is what its licence files say; it counts where the metadata says nothing.
    """
    stated = choices(metadata) or granted
    return any(not _STRONG_COPYLEFT.search(_LESSER.sub("", choice)) for choice in stated)
