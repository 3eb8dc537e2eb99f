# SPDX-License-Identifier: MIT
"""C sources as scripts/structure reads them: functions and their calls."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TOKEN = re.compile(r'[A-Za-z_]\w*|->|[=!<>]=|<<=|>>=|[-+*/%&|^]=|\d[\w.]*|\S')
QUIET = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)
EVENT = re.compile(r"^(DECLARE_EVENT_CLASS|\w*_EVENT\w*)\s*\(\s*(\w+)(?:\s*,\s*(\w+))?", re.M)
OPEN, CLOSE = "([{", ")]}"


def blanked(pattern, text):
    """The text, with each match replaced by its line ends."""
    return pattern.sub(lambda found: " " + "\n" * found[0].count("\n"), text)


def tokens_of(text, line):
    """The words and signs of a text that begins at a line: (token, line)."""
    found = []
    for number, row in enumerate(text.split("\n"), line):
        found += [(token, number) for token in TOKEN.findall(row)]
    return found


def closing(tokens, start):
    """The index of the bracket that closes the one at start."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index][0] in OPEN) - (tokens[index][0] in CLOSE)
        if not depth:
            return index
    return len(tokens) - 1


def split_at_commas(tokens):
    """The arguments between two brackets."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += (token[0] in OPEN) - (token[0] in CLOSE)
        if token[0] == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


class Function:
    """A function, a macro with parameters, or an event."""

    def __init__(self, name, path, lines, kind, private=False):
        self.name, self.path, self.kind, self.private = name, path, kind, private
        self.line, self.end = lines
        self.unit = str(path.with_suffix(""))
        self.parameters, self.tokens, self.calls = [], [], []
        self.head = ""

    def read_parameters(self, signature):
        """Take the names of parameters from what ctags has between the brackets."""
        for part in split_at_commas(TOKEN.findall(signature[1:-1])):
            part = " ".join(part)
            named = re.search(r"\( \* (\w+)", part) or re.search(r"(\w+)(?: \[.*)?$", part)
            self.parameters.append(named[1] if named else "")


class Tree:
    """All files of a folder, their functions, and the calls."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.paths = sorted(path for path in self.folder.rglob("*.[ch]")
                            if not path.name.endswith(".mod.c"))
        if not self.paths:
            sys.exit(f"structure: no C sources in {folder}")
        self.units = {str(path.with_suffix("")) for path in self.paths}
        # The lines of each file: unchanged; without comments and strings; also without directives.
        self.lines, self.whole, self.plain, self.functions = {}, {}, {}, []
        self.private, self.public = {}, defaultdict(list)
        for path in self.paths:
            text = path.read_text()
            self.lines[path] = text.split("\n")
            text = blanked(QUIET, text)
            self.whole[path] = text.split("\n")
            self.plain[path] = blanked(DIRECTIVE, text).split("\n")
            self.add_events(path, text)
        self.add_tags()
        for function in self.functions:
            self.find_calls(function)

    def add(self, function):
        """Register a function by its name, in its file or everywhere."""
        self.functions.append(function)
        if function.private:
            self.private[function.path, function.name] = function
        else:
            self.public[function.name].append(function)

    def add_events(self, path, text):
        """Register the events that a header defines as functions trace_NAME()."""
        for found in EVENT.finditer(text) if path.suffix == ".h" else ():
            line = text.count("\n", 0, found.start()) + 1
            tokens = tokens_of(text[found.start():], line)
            tokens = tokens[1:closing(tokens, 1)]
            own = found[2]
            if found[1].startswith("DEFINE_"):
                own = found[3] or own
                tokens += [(f"class_{found[2]}", line), ("(", line), (")", line)]
            prefix = "class_" if found[1].startswith("DECLARE_") else "trace_"
            for name in (prefix + own, f"{prefix}{own}_enabled"):
                event = Function(name, path, (line, line), "event")
                event.tokens = tokens if name == prefix + own else []
                self.add(event)

    def add_tags(self):
        """Take functions, and macros with parameters, from ctags."""
        # Debian can have two programs of the name ctags.
        program = shutil.which("ctags-universal") or shutil.which("ctags")
        if not program:
            sys.exit("structure: no ctags; the package universal-ctags has it")
        command = [program, "--quiet=yes", "--options=NONE", "-n", "--languages=C", "--langmap=C:.c.h",
                   "--c-kinds=fd", "--fields=neSfk", "--sort=no", "-o", "-",
                   *(str(path) for path in self.paths)]
        tags = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
        for tag in tags.splitlines():
            name, path, _, kind, *fields = tag.split("\t")
            known = dict(field.partition(":")[::2] for field in fields)
            path, line = Path(path), int(known["line"])
            if "signature" not in known:
                continue
            if kind == "f":
                self.add_function(name, path, line, known)
            else:
                self.add_macro(name, path, line, known)

    def add_function(self, name, path, line, known):
        """Add a function whose name is in a line; its type may be above."""
        rows, end = self.plain[path], int(known.get("end", 0))
        while line > 1 and re.match(r"[\w*]", rows[line - 2]) and \
                not re.search(r"[;{}]\s*$", rows[line - 2]):
            line -= 1
        function = Function(name, path, (line, end), "function", "file" in known)
        tokens = tokens_of("\n".join(rows[line - 1:end]), line)
        begin = next((index for index, token in enumerate(tokens) if token[0] == "{"), len(tokens))
        function.head = " ".join(token for token, _ in tokens[:begin])
        function.tokens = tokens[begin:]
        function.read_parameters(known["signature"])
        self.add(function)

    def add_macro(self, name, path, line, known):
        """Add a macro with parameters; it continues after lines that end with a backslash."""
        rows, end = self.whole[path], line
        while rows[end - 1].endswith("\\"):
            end += 1
        function = Function(name, path, (line, end), "macro", path.suffix == ".c")
        # Without "#", "define" and the name.
        function.tokens = tokens_of("\n".join(rows[line - 1:end]), line)[3:]
        function.read_parameters(known["signature"])
        self.add(function)

    def resolve(self, name, path):
        """The function that a name means in a file, or None."""
        if found := self.private.get((path, name)):
            return found
        unit = str(path.with_suffix(""))
        return min(self.public.get(name, ()), default=None,
                   key=lambda function: (function.unit != unit, function.path.suffix != ".c"))

    def find_calls(self, function):
        """Record the calls of a function: (index of the token, function)."""
        tokens = function.tokens
        for index in range(len(tokens) - 1):
            name = tokens[index][0]
            if tokens[index + 1][0] == "(" and name not in function.parameters and \
                    (not index or tokens[index - 1][0] not in (".", "->")):
                callee = self.resolve(name, function.path)
                if callee and callee is not function:
                    function.calls.append((index, callee))

    def edges(self):
        """File of the caller -> file of the callee -> name of the callee -> places of calls."""
        found = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for function in self.functions:
            for index, callee in function.calls:
                if callee.unit != function.unit:
                    found[function.unit][callee.unit][callee.name].append(
                        f"{function.path}:{function.tokens[index][1]}")
        return found
