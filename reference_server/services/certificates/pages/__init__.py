"""The registration office as pages: applicants and officers, signed in; knows no rule."""

from reference_server.services.certificates.pages.routes import PAGES

__all__ = ["PAGES"]
