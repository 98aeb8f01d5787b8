"""Where in a JSON text an element stands: from its expression to line and column."""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
_STEP = re.compile(
    r"\.(?!ofType\()([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\.ofType\(([A-Za-z0-9]+)\)"
)

Path = tuple[str | int, ...]


class Positions:
    """Owns the place of every value of one JSON text, which is known to be well-formed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: dict[Path, int] = {}
        self._scan()

    def of(self, expression: str) -> tuple[int, int]:
        """Return line and column, from 1, of an element, or of what is nearest around it."""
        path = path_of(expression)
        while path and path not in self._starts:
            path = self._renamed(path) or path[:-1]
        offset = self._starts.get(path, 0)
        line = self._text.count("\n", 0, offset) + 1
        return line, offset - self._text.rfind("\n", 0, offset)

    def _renamed(self, path: Path) -> Path | None:
        """Return the path with the `_name` beside a primitive, where that is what is there."""
        for at in range(len(path) - 1, -1, -1):
            step = path[at]
            if isinstance(step, str) and not step.startswith("_"):
                other = (*path[:at], f"_{step}", *path[at + 1 :])
                if other in self._starts:
                    return other
        return None

    def _scan(self) -> None:
        """Note where each value begins. A stack holds the containers that are open."""
        stack: list[tuple[Path, int | None]] = []
        path: Path = ()
        key: str | None = None
        for token in _TOKEN.finditer(self._text):
            sign = token[0]
            if sign in {":", ","}:
                continue
            if sign in {"}", "]"}:
                path, _ = stack.pop()
                continue
            inside = stack[-1][1] if stack else None
            if stack and inside is None and key is None:
                key = sign[1:-1]
                continue
            own: Path = path
            if key is not None:
                own, key = (*path, key), None
            elif inside is not None:
                own = (*path, inside)
                stack[-1] = (stack[-1][0], inside + 1)
            self._starts[own] = token.start()
            if sign in {"{", "["}:
                stack.append((path, 0 if sign == "[" else None))
                path = own


def path_of(expression: str) -> Path:
    """Return the keys and indices that an expression leads through, in JSON's names."""
    steps: list[str | int] = []
    _, dot, rest = expression.partition(".")
    for name, index, kind in _STEP.findall(dot + rest):
        if kind:
            steps[-1] = f"{steps[-1]}{kind[0].upper()}{kind[1:]}"
        elif index:
            steps.append(int(index))
        else:
            steps.append(name)
    return tuple(steps)
