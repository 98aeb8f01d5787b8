"""ATNA's audit feed by syslog over TLS (IHE ITI-20): frames, messages, audit messages."""

from reference_server.services.audit.syslog.listener import FeedListener

__all__ = ["FeedListener"]
