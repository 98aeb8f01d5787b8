"""Why a file of a licensed list cannot be used; knows no format."""


class LicensedFileError(ValueError):
    """A reason (`codes.wrong.licensed-<reason>`), and the file, line or number that it is about."""

    def __init__(self, reason: str, detail: str | int = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = str(detail)
