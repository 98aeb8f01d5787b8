"""Says in our own ids why the system refused something; knows no file and no command."""

import errno
import socket

_REASONS = {
    errno.EACCES: "system.forbidden",
    errno.EPERM: "system.forbidden",
    errno.ENOENT: "system.missing",
    errno.ENOTDIR: "system.not-a-folder",
    errno.EEXIST: "system.taken",
    errno.EISDIR: "system.folder",
    errno.EROFS: "system.read-only",
    errno.ENOSPC: "system.full",
    errno.EDQUOT: "system.full",
    errno.ENAMETOOLONG: "system.name-too-long",
    errno.EADDRINUSE: "system.address-in-use",
    errno.EADDRNOTAVAIL: "system.address-elsewhere",
}


def system_reason(error: OSError) -> tuple[str, dict[str, str]]:
    """Return the message id of a reason and its parameters."""
    if isinstance(error, socket.gaierror):
        return "system.host-unknown", {}
    known = _REASONS.get(error.errno or 0)
    if known is not None:
        return known, {}
    return "system.other", {"code": errno.errorcode.get(error.errno or 0, type(error).__name__)}
