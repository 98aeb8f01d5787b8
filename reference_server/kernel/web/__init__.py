"""The one web foundation: every page of the product is made with it; knows no page of anybody.

How to make a page
==================

1. Say what the pages have in common, once a package::

       SITE = Site(
           home="reference_server.services.certificates",   # its `templates/`, perhaps `static/`
           title="certificates.title",                       # message id, shown in the header
           entries=(Entry(path="/certificates", text="certificates.title"),),
       )

2. Write `templates/list.html` in that package. Jinja2, autoescape, an unknown name is an error::

       {% extends "web/layout.html" %}
       {% import "web/forms.html" as forms with context %}
       {% block content %}
       <form method="post" action="{{ link("/certificates") }}">
       {{ forms.guard() }}{{ forms.field("name", text("certificates.name"), error=faults.name) }}
       {{ forms.submit(text("certificates.send")) }}
       </form>
       {% endblock %}

   There are `text(message_id, **parameters)` in the visitor's language, `link(path, **query)` to a
   page of ours that stays in that language, `static(name)`, `visit`, `title`. Macros live in
   `web/forms.html` (fields, guard against forged requests, errors), `web/tables.html` (tables with
   a caption, pages, definition lists), `web/trees.html`, `web/charts.html` (bars, radar, line:
   inline SVG with a text alternative, also for WeasyPrint) and `web/notes.html`. Import them `with
   context`: they speak the visitor's language. Templates of another environment (a PDF) can have
   the charts, too: `charts_loader()` finds `web/charts.html`, `chart` is `charts.GEOMETRY`.

3. (a) In a service of the reference::

       async def show(call: Call) -> Response:
           visit = visit_of(call)
           return SITE.page(visit, "list.html", title=visit.text("certificates.title"), rows=…)

       ROUTER = Router(prefix="/certificates", render=refusal_page, terms=PAGE_TERMS, routes=(…))

   `refusal_page` says no as a page where the router's paths are pages. Sentences come from the
   service's `messages/` (they are in the server's catalogue already).

   (b) In an application of Starlette, such as the lab's portal::

       CATALOGUE = Catalogue.load(MESSAGES, files("reports.portal") / "messages")
       visit = visit_of_request(request, await bounded_body(request), catalogue=CATALOGUE)

   and a route `/web/{file}` that answers `SITE.asset(file)`.

   (c) As a file or on paper: `SITE.file("start.html", language=…, catalogue=…, title=…)` is one
   HTML document that needs no other.

4. Forms: `form = read_form(visit)` reads url-encoded and multipart bodies within `FormLimits`, and
   raises FormUnreadable, FormTooLarge. Whatever changes something asks first
   `check_forgery(visit, form, session)`: the hidden field of `forms.guard()` must belong to the
   visitor's session, and the request must come from a page of ours; raises FormForged. After a
   change answer `see_other(visit.link("/…"))`, so that a reload repeats nothing. A form that is
   wrong is shown again with its values and a fault at each field, status 422.

5. Who is visiting: `Sessions` keeps opaque ids, hashed at rest, in `web_session` (a World has the
   table; elsewhere bring `migrations()` into a store). ::

       world = call.world
       sessions = Sessions(world.store, name=world.name, randomness=world.randomness.bytes,
                           now=world.clock.wire_now)
       session = sessions.of(visit)                  # never fails: a stranger gets a new one
       session = sessions.put(session.with_value("user", "91…").with_flash("certificates.sent"))
       return sessions.carried(SITE.page(visit.within(session), …), session, visit)

   At sign-in and sign-out the id changes: `sessions.renew(session)`, `sessions.end(session)`.

What always holds: works without JavaScript; Content-Security-Policy with a nonce for each answer
and nothing inline without it (no `style=` attribute either); French is authoritative, the language
comes from `?lang=`, then the cookie `lang`, then Accept-Language, and links keep it; light, dark,
print, 360 pixels; every page has a skip link, one `h1`, a language and a visible focus. A page's
own style belongs into `static/` of its package; `Site(styles=("own.css",))` links it.
"""

from reference_server.kernel.web.csrf import check_forgery, see_other
from reference_server.kernel.web.errors import FormForged, FormTooLarge, FormUnreadable
from reference_server.kernel.web.forms import Form, FormLimits, Upload, bounded_body, read_form
from reference_server.kernel.web.pagination import Paging
from reference_server.kernel.web.session import Flash, Session, Sessions, migrations
from reference_server.kernel.web.site import (
    MESSAGES,
    PAGE_TERMS,
    Entry,
    Site,
    refusal_page,
    static_route,
)
from reference_server.kernel.web.visit import Visit, visit_of, visit_of_request

__all__ = [
    "MESSAGES",
    "PAGE_TERMS",
    "Entry",
    "Flash",
    "Form",
    "FormForged",
    "FormLimits",
    "FormTooLarge",
    "FormUnreadable",
    "Paging",
    "Session",
    "Sessions",
    "Site",
    "Upload",
    "Visit",
    "bounded_body",
    "check_forgery",
    "migrations",
    "read_form",
    "refusal_page",
    "see_other",
    "static_route",
    "visit_of",
    "visit_of_request",
]
