"""Laws of Python source: each is a function from a path and its source to findings."""

import ast
import re
from collections.abc import Iterator

LONGEST_SLEEP = 0.1

# The files that stand for a process: here an environment may be read and a program may begin.
ENTRANCES = re.compile(r"^deploy/|/(settings|__main__)\.py$")
OPENS = {
    "open", "read_text", "read_bytes", "connect", "getenv", "run", "create_task", "basicConfig", "start",
    "FastAPI", "App", "AsyncIOMotorClient", "AIOKafkaProducer", "AIOKafkaConsumer",
}  # fmt: skip
CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.monotonic", "time.perf_counter", "os.urandom",
}  # fmt: skip
CHANCE = re.compile(r"(^|\.)(uuid[1-8]|secrets(\..+)?|random(\..+)?)$")


def dotted(node: ast.expr) -> str:
    """`a.b.c` for such an expression; a call or an index in it leaves only what follows."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the name of what is called."""
    return ((node, dotted(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call))


def acts_only_when_called(_path: str, source: str) -> list[str]:
    """Importing a module opens nothing, starts nothing and registers nothing."""
    findings = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test).startswith(
            ("__name__", "TYPE_CHECKING")
        ):
            continue
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        acting = isinstance(statement, ast.Expr | ast.With | ast.For | ast.While | ast.Try) and not docstring
        opening = [name for _, name in calls(statement) if name.split(".")[-1] in OPENS]
        if acting or opening:
            findings.append(f"line {statement.lineno} acts at import")
    return findings


def reads_its_settings_in_one_place(path: str, source: str) -> list[str]:
    """The environment is read in settings, at the entrance and in deploy."""
    if ENTRANCES.search(path):
        return []
    read = {"os.environ", "environ", "os.getenv", "getenv"}
    nodes = ast.walk(ast.parse(source))
    return [
        f"line {node.lineno} reads the environment"
        for node in nodes
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node) in read
    ]


def takes_time_and_chance_through_the_door(_path: str, source: str) -> list[str]:
    """A rule or a handler is given the time, ids and chance."""
    tree = ast.parse(source)
    called = [f"line {node.lineno} calls {name}" for node, name in calls(tree) if _is_clock_or_chance(name)]
    imported = [
        f"line {node.lineno} imports {name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
        if name and CHANCE.search(name)
    ]
    return called + imported


def _is_clock_or_chance(name: str) -> bool:
    return ".".join(name.split(".")[-2:]) in CLOCKS or bool(CHANCE.search(name))


def leaves_http_numbers_to_the_table(path: str, source: str) -> list[str]:
    """What a failure becomes over HTTP stands in `kernel/errors.py` alone: no other 4xx or 5xx."""
    if path.endswith("kernel/errors.py"):
        return []
    return [f"line {line} {finding}" for line, finding in _http_numbers(ast.parse(source))]


def _http_numbers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and "status" in (node.arg or "") and _has_failure(node.value):
            yield node.value.lineno, f"gives {node.arg}"
        if isinstance(node, ast.Compare) and "status" in ast.unparse(node) and _has_failure(node):
            yield node.lineno, "compares with a status"
        if isinstance(node, ast.Call) and _answers(node) and any(map(_has_failure, node.args)):
            yield node.lineno, f"gives a status to {dotted(node.func)}"
        if isinstance(node, ast.Attribute) and re.match(r"HTTP_[45]\d\d", node.attr):
            yield node.lineno, f"names {node.attr}"


def _answers(call: ast.Call) -> bool:
    return dotted(call.func).endswith(("Response", "HTTPException"))


def _has_failure(node: ast.expr) -> bool:
    numbers = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return any(type(number) is int and 400 <= number < 600 for number in numbers)


def catches_what_it_can_name(_path: str, source: str) -> list[str]:
    """`except Exception` says why in a comment beside it: `# reason: ...`."""
    lines = source.splitlines()
    return [
        f"line {node.lineno} catches everything and does not say why"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type))
        if not re.search(r"#.*\breason: \w+ \w+", lines[node.lineno - 1])
    ]


def waits_for_a_condition(_path: str, source: str) -> list[str]:
    """A test never sleeps for a fixed time longer than the step of a poll."""
    tree = ast.parse(source)
    named = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    return [
        f"line {node.lineno} sleeps"
        for node, name in calls(tree)
        if name.split(".")[-1] == "sleep" and node.args
        if _seconds(named.get(dotted(node.args[0]), node.args[0])) > LONGEST_SLEEP
    ]


def _seconds(node: ast.expr) -> float:
    value = node.value if isinstance(node, ast.Constant) else 0
    return float(value) if isinstance(value, int | float) else 0.0
