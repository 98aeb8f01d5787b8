"""What an act does to personal data, as an audit names it; knows no resource."""

from enum import StrEnum


class Interaction(StrEnum):
    """The patterns of IHE BALP. `execute` is an act that fits none of them."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    SEARCH = "search"
    AUTHORIZE = "authorize"
    DISCLOSE = "disclose"
    EXECUTE = "execute"

    @classmethod
    def of_request(cls, method: str, *, of_one: bool) -> "Interaction":
        """Return what a request does when its route does not tell; `of_one`: it names a record."""
        if method in {"GET", "HEAD"}:
            return cls.READ if of_one else cls.SEARCH
        usual = {"POST": cls.CREATE, "PUT": cls.UPDATE, "PATCH": cls.UPDATE, "DELETE": cls.DELETE}
        return usual.get(method, cls.EXECUTE)
