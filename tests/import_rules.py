"""The design's rules as functions over source code: a module in, its offences out (see test_imports.py)."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
APPS = ("catalog", "labeling", "training")
FIRST_PARTY = (*APPS, "attrx_web", "tests", "manage")
LEAVES = ("attrx_web.env", "attrx_web.roles", "attrx_web.auditlog", "attrx_web.accounts")
HEARD = {"attrx_web.auditlog.signing_in": "django.contrib.auth.signals"}
"""What others tell that cannot be known otherwise: {module: the signals that it hears}."""

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "catalog": (*LEAVES, "catalog"),
    "labeling": (*LEAVES, "catalog", "labeling"),
    "training": (*LEAVES, "catalog", "labeling", "training"),
    # Commands of the last app start a whole laptop: demo, serve.
    "training.management": (*APPS, "attrx_web"),
    "training.ml": ("training.ml",),
    "attrx_web": ("attrx_web",),
    "attrx_web.env": ("attrx_web.env",),
    # knox is told by a setting which model its tokens are.
    "attrx_web.settings": ("attrx_web", "catalog.ApiToken"),
    "attrx_web.roles": (),
    "attrx_web.visitor": (),
    "attrx_web.auditlog": ("attrx_web.auditlog", "attrx_web.visitor"),
    "attrx_web.accounts": ("attrx_web.auditlog", "attrx_web.roles"),
    "attrx_web.urls": (*APPS, "attrx_web"),
    "attrx_web.api": (*APPS, "attrx_web"),
}
"""First-party packages that a package may import; the longest name that fits a module holds."""

UPPER = ("views", "api", "tasks", "commands")
BELOW: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(UPPER, ("models",)),
    "services": ("views", "api", "commands"),
    "selectors": ("services", *UPPER),
    "models": ("selectors", "services", *UPPER),
}
"""Kinds of module that a kind of module may not import."""

LOADERS = {"import_module", "__import__", "import_string", "get_model", "lazy_related_operation"}
LAZY_MODEL = re.compile(r"[a-z_]+\.[A-Z]\w*")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
CONSTRAINTS = {"CheckConstraint", "UniqueConstraint", "ExclusionConstraint"}
LEDGER = {"status", "error", "started", "heartbeat", "finished"}


@dataclass(frozen=True)
class Reference:
    """A name that a module brings in: an import, or text that Django or importlib turns into one."""

    line: int
    name: str


@dataclass(frozen=True)
class Module:
    """One source file under its dotted name."""

    name: str
    source: str
    is_package: bool = False

    @property
    def parts(self) -> list[str]:
        """The dotted name, split."""
        return self.name.split(".")

    @property
    def kind(self) -> str:
        """What kind of module it is within its app."""
        return kind(self.name)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the syntax tree, whatever encloses it."""
        return list(ast.walk(ast.parse(self.source, self.name)))

    @cached_property
    def references(self) -> list[Reference]:
        """Everything it imports: at the top, in functions, for type checkers only, or by a text."""
        names = (Reference(line, name) for node in self.nodes for line, name in self._names(node))
        return list(dict.fromkeys(names))

    def _names(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                package = self.parts if self.is_package else self.parts[:-1]
                above = package[: len(package) - level + 1] if level else []
                base = ".".join([*above, *([module] if module else [])])
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in names)
            case ast.Call(func=func, args=[ast.Constant(value=str(text)), *_]) if called(func) in LOADERS:
                if DOTTED.fullmatch(text):
                    yield node.lineno, text
            case ast.Constant(value=str(text)) if LAZY_MODEL.fullmatch(text) and text.split(".")[0] in APPS:
                yield node.lineno, text

    def offence(self, line: int, what: str) -> str:
        """One line for a person: where, what."""
        return f"{self.name}:{line}: {what}"


def modules() -> list[Module]:
    """Every module of the apps and of attrx_web."""
    return [
        Module(
            name=".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"),
            source=path.read_text(),
            is_package=path.name == "__init__.py",
        )
        for package in (*APPS, "attrx_web")
        for path in sorted((REPOSITORY / package).rglob("*.py"))
    ]


def called(func: ast.expr) -> str:
    """The last name of what is called: filter in a.b.filter()."""
    match func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def kind(name: str) -> str:
    """The part in an app of what a name stands for: views, services, models ...; empty for the app itself."""
    if LAZY_MODEL.fullmatch(name):
        return "models"
    part = name.split(".")[1:2]
    return "commands" if part == ["management"] else "".join(part)


def within(name: str, package: str) -> bool:
    """The dotted name is the package or lies in it."""
    return name == package or name.startswith(f"{package}.")


def direction(module: Module) -> list[str]:
    """Rules 1 and 2: imports point left; training.ml imports no Django and no app."""
    holder = max((name for name in MAY_IMPORT if within(module.name, name)), key=len)
    allowed = MAY_IMPORT[holder]
    foreign = (*FIRST_PARTY, "django", "rest_framework", "celery") if holder == "training.ml" else FIRST_PARTY
    return [
        module.offence(reference.line, f"{holder} may not import {reference.name}")
        for reference in module.references
        if reference.name.split(".")[0] in foreign
        and not any(within(reference.name, package) for package in allowed)
    ]


def layers(module: Module) -> list[str]:
    """Rule 3: views, api, tasks, commands -> services, selectors -> models; no signals."""
    offences = []
    for reference in module.references:
        package, *rest = reference.name.split(".")
        if package in APPS and kind(reference.name) in BELOW.get(module.kind, ()):
            offences.append(module.offence(reference.line, f"{module.kind} may not import {reference.name}"))
        heard = within(reference.name, HEARD.get(module.name, reference.name + "."))
        if package in ("django", "celery") and {"dispatch", "signals"} & set(rest) and not heard:
            offences.append(module.offence(reference.line, f"no signals: {reference.name}"))
    if module.kind in UPPER:
        offences += [
            module.offence(node.lineno, f"{module.kind} may not query: .{node.attr}")
            for node in module.nodes
            if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager")
        ]
    return offences


def state_changes(module: Module) -> list[str]:
    """Rule 5: a status changes in services only, by .filter(...).update(status=...)."""
    querysets = {
        target.id
        for node in module.nodes
        if isinstance(node, ast.Assign) and "filter" in chain(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    offences = []
    for node in module.nodes:
        match node:
            case (
                ast.Attribute(attr="status", ctx=ast.Store())
                | ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), _])
            ):
                offences.append(
                    module.offence(node.lineno, "assigns a status: use .filter(...).update(status=...)")
                )
            case ast.Call(func=ast.Attribute(attr="update"), keywords=keywords) if names_status(keywords):
                if module.kind != "services":
                    offences.append(module.offence(node.lineno, "changes a status outside services"))
                if not chain(node.func) & {"filter", *querysets}:
                    offences.append(
                        module.offence(node.lineno, "changes a status without .filter(...) before")
                    )
    return offences


def names_status(keywords: list[ast.keyword]) -> bool:
    """One of the keywords is status."""
    return any(keyword.arg == "status" for keyword in keywords)


def chain(node: ast.expr) -> set[str]:
    """The names of a call chain: {Round, objects, filter, update} for Round.objects.filter(pk=1).update."""
    match node:
        case ast.Attribute(value=value, attr=name):
            return {name} | chain(value)
        case ast.Call(func=func):
            return chain(func)
        case ast.Name(id=name):
            return {name}
    return set()


def constraints(module: Module) -> list[str]:
    """Rule 5: invariants are named constraints of the database."""
    offences = []
    for node in module.nodes:
        match node:
            case ast.Call(func=func, keywords=keywords) if called(func) in CONSTRAINTS:
                if all(keyword.arg != "name" for keyword in keywords):
                    offences.append(module.offence(node.lineno, f"{called(func)} without a name"))
            case ast.Name(id="unique_together", ctx=ast.Store()):
                offences.append(
                    module.offence(node.lineno, "unique_together has no name: use UniqueConstraint")
                )
    return offences


def ledgers(module: Module) -> list[str]:
    """Rule 5: a model with a heartbeat is a ledger, with status, error, started and finished."""
    offences = []
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            fields = set(fields_of(node))
            if "heartbeat" in fields and not fields >= LEDGER:
                missing = ", ".join(sorted(LEDGER - fields))
                offences.append(module.offence(node.lineno, f"the ledger {node.name} lacks {missing}"))
    return offences


def fields_of(model: ast.ClassDef) -> Iterator[str]:
    """The names that a class body sets to the result of a call, as model fields are."""
    for statement in model.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call()):
                yield name
