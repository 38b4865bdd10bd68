"""What a template speaks of: the names it reads, and whether it can do without them."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A name that a template reads, such as "shop.url": *root*, and *attribute* after its dot.

    *line* counts from 1 within the text. It is *needed* unless the template asks whether it is
    defined, or gives a default.
    """

    root: str
    attribute: str | None
    line: int
    needed: bool

    @property
    def name(self) -> str:
        """As the template writes it."""
        return self.root if self.attribute is None else f"{self.root}.{self.attribute}"


def uses(tree: nodes.Template) -> Iterator[Use]:
    """The names a template reads. Names of its own are left out."""
    own = {
        alias
        for statement in tree.find_all(nodes.FromImport)
        for names in statement.names
        for alias in ([names] if isinstance(names, str) else names)
    }
    own |= {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    guarded = _guarded(tree)
    dotted: set[int] = set()
    for dot in tree.find_all(nodes.Getattr):
        if isinstance(dot.node, nodes.Name) and dot.node.name not in own:
            dotted.add(id(dot.node))
            yield Use(
                root=dot.node.name,
                attribute=dot.attr,
                line=dot.lineno,
                needed=dot not in guarded,
            )
    for name in tree.find_all(nodes.Name):
        if name.name not in own and id(name) not in dotted:
            yield Use(root=name.name, attribute=None, line=name.lineno, needed=name not in guarded)


def _guarded(tree: nodes.Template) -> list[nodes.Node]:
    """What the template asks somewhere whether it is defined, or gives a default."""
    return [
        guard.node
        for guard in tree.find_all((nodes.Test, nodes.Filter))
        if guard.name in {"defined", "undefined", "default"} and guard.node is not None
    ]
