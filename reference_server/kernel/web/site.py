"""Renders pages of one package in the common layout, with their headers; knows no page itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from reference_server.kernel.call import Call, Environment
from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.language import CHOICE, Voice, asked_for
from reference_server.kernel.route import Route
from reference_server.kernel.terms import Terms
from reference_server.kernel.web import policy, static
from reference_server.kernel.web.jinja import environment
from reference_server.kernel.web.visit import Visit
from reference_server.text import LANGUAGES, Catalogue

HTML: Final = "text/html"
MESSAGES: Final[Traversable] = files(static.WEB) / "messages"
"""The foundation's own sentences: a catalogue of pages is loaded with them."""
PAGE_TERMS: Final = Terms(writes=(HTML,), says_no=(HTML,), query=(CHOICE,))
_STYLE: Final = "web.css"
_LANGUAGE_SECONDS: Final = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link of the navigation: the path below the root, and the message id of its words."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages of one package.

    `home` is the package that has `templates/` and perhaps `static/`; `title` a message id;
    `styles` and `modules` are files of `static/` that every page links; `borrows` names packages
    whose templates and static files are these pages', too; `is_narrow` for pages that hold one
    form.
    """

    home: str
    title: str
    entries: tuple[Entry, ...] = ()
    styles: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    borrows: tuple[str, ...] = ()
    is_narrow: bool = False

    def page(
        self,
        visit: Visit,
        template: str,
        *,
        title: str,
        status: int = 200,
        form_action: str = "'self'",
        **values: object,
    ) -> Response:
        """Return a page; `title` is its `h1`, `form_action` where its forms may lead."""
        assets = _Linked(visit, self._homes, self.styles, self.modules)
        html = self._render(visit, template, title=title, assets=assets, values=values)
        return _answer(html, visit, status=status, form_action=form_action)

    def embedded(
        self,
        voice: Voice,
        template: str,
        *,
        title: str,
        status: int = 200,
        form_action: str = "'self'",
        **values: object,
    ) -> Response:
        """Return a page that needs no other file, where nothing but the voice is known."""
        visit = Visit(voice=voice, root="", path="", origin="")
        assets = _Embedded(visit, self._homes, self.styles)
        html = self._render(visit, template, title=title, assets=assets, values=values)
        return _answer(html, visit, status=status, form_action=form_action)

    def file(
        self, template: str, *, language: str, catalogue: Catalogue, title: str, **values: object
    ) -> str:
        """Return one HTML document that needs no other: a file in a folder, or paper's source."""
        voice = Voice(catalogue=catalogue, language=language, request_id="")
        visit = Visit(voice=voice, root="", path="", origin="")
        assets = _Embedded(visit, self._homes, self.styles, is_file=True)
        return self._render(visit, template, title=title, assets=assets, values=values)

    def asset(self, served: str) -> Response | None:
        """Return a static file by the name it is served under, None where there is none."""
        return static.answer(served, self._homes)

    @property
    def _homes(self) -> tuple[str, ...]:
        return (self.home, *self.borrows, static.WEB)

    def _render(
        self,
        visit: Visit,
        template: str,
        *,
        title: str,
        assets: "_Linked | _Embedded",
        values: dict[str, object],
    ) -> str:
        return (
            environment(self.home, self.borrows)
            .get_template(template)
            .render(
                **values,
                site=self,
                visit=visit,
                title=title,
                language=visit.language,
                languages=LANGUAGES,
                text=visit.text,
                link=visit.link,
                static=assets.address,
                assets=assets,
            )
        )


@dataclass(frozen=True, slots=True)
class _Linked:
    """Style and modules by address; the site's own come after the foundation's."""

    visit: Visit
    homes: tuple[str, ...]
    own: tuple[str, ...]
    modules: tuple[str, ...]

    def address(self, name: str) -> str:
        """Return the address of a static file."""
        return f"{self.visit.root}/web/{static.find(name, self.homes).served}"

    def head(self) -> Markup:
        """Return what the page's head holds of them."""
        styles = (
            Markup('<link rel="stylesheet" href="{}">').format(self.address(each))
            for each in (_STYLE, *self.own)
        )
        modules = (
            Markup('<script type="module" src="{}"></script>').format(self.address(each))
            for each in self.modules
        )
        return Markup("\n").join((*styles, *modules))


@dataclass(frozen=True, slots=True)
class _Embedded:
    """Style inside the page; modules stay away, for nothing needs them."""

    visit: Visit
    homes: tuple[str, ...]
    own: tuple[str, ...]
    is_file: bool = False

    def address(self, name: str) -> str:
        """Raise LookupError: a page that stands alone links no file."""
        raise LookupError(name)

    def head(self) -> Markup:
        """Return what the page's head holds of them."""
        written = Markup("\n".join(_read(self.homes, (_STYLE, *self.own))))  # noqa: S704  our own files
        nonce = Markup("") if self.is_file else Markup(' nonce="{}"').format(self.visit.nonce)
        return Markup("<style{}>\n{}</style>").format(nonce, written)


def _read(homes: tuple[str, ...], names: Iterable[str]) -> list[str]:
    return [static.find(each, homes).content.decode() for each in names]


def _answer(html: str, visit: Visit, *, status: int, form_action: str) -> Response:
    headers = {
        **policy.headers(visit.nonce, form_action=form_action),
        "Content-Language": visit.language,
        "Vary": "Accept-Language, Cookie",
    }
    answer = Response(
        html.encode(), status_code=status, media_type=f"{HTML}; charset=utf-8", headers=headers
    )
    chosen = asked_for(visit.query)
    if chosen is not None:
        # Not `__Host-`: it is no secret, and plain http on the loopback keeps the choice, too.
        answer.set_cookie(
            CHOICE, chosen, max_age=_LANGUAGE_SECONDS, secure=visit.is_https, samesite="lax"
        )
    return answer


_OWN: Final = Site(home=static.WEB, title="web.product", is_narrow=True)


def refusal_page(refusal: Refusal, voice: Voice) -> Response:
    """Say no as a page (a Renderer), one sentence for every fault."""
    answer = _OWN.embedded(
        voice,
        "refusal.html",
        title=voice.text("web.refused.title"),
        status=refusal.status,
        sentences=tuple(voice.refusal(fault) for fault in refusal.faults),
    )
    answer.headers.update(refusal.headers)
    return answer


def static_route(*homes: str) -> Route[Any]:
    """Return the route of the static files of the foundation and of the packages named."""

    async def static_file(call: Call[Environment]) -> Response:
        """Return a style sheet, module or picture of a page."""
        name = call.path_values["file"]
        found = static.answer(name, (*homes, static.WEB))
        if found is None:
            raise OperationUnknown(path=call.path)
        return found

    terms = Terms(writes=("text/css", "text/javascript"), says_no=(HTML,))
    # Pages that are open to who has no certificate need them.
    return Route(method="GET", path="/web/{file}", handler=static_file, terms=terms, to_all=True)
