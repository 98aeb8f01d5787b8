"""Says in our own ids why a file cannot be opened; knows no format."""

import errno

from scenarios.errors import Phrase, phrase


def unreadable(error: OSError | UnicodeDecodeError) -> Phrase:
    """Return why a file could not be read as text."""
    if isinstance(error, UnicodeDecodeError):
        return phrase("declaration.file.not-utf8", position=error.start + 1)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return phrase("declaration.file.missing")
    if isinstance(error, IsADirectoryError):
        return phrase("declaration.file.folder")
    if isinstance(error, PermissionError):
        return phrase("declaration.file.forbidden")
    return phrase("declaration.file.unreadable", code=errno.errorcode.get(error.errno or 0, "?"))
