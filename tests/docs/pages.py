# SPDX-License-Identifier: MIT
"""The examples of pages: what stands in blocks of markdown, and of the manual."""

import re


def fenced(text):
    """The fenced blocks of markdown: kind and text of each."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)


def literal(text):
    """The .EX blocks of a manual page, without escapes."""
    found = []
    for block in re.findall(r"^\.EX\n(.*?)^\.EE$", text, re.S | re.M):
        for escape, character in (("\\-", "-"), ("\\&", ""), ("\\(aq", "'"), ("\\(dq", '"'),
                                  ("\\(rs", "\\"), ("\\e", "\\")):
            block = block.replace(escape, character)
        found.append(block)
    return found


def kind_of(block):
    """The kind of a block of the manual: "console", "c" (a program), or "struct"."""
    if block.startswith(("$ ", "# ")):
        return "console"
    if re.search(r"^int main\(", block, re.M):
        return "c"
    return "struct" if re.match(r"struct msgq_\w+ \{\n", block) else ""


def blocks(path):
    """The blocks of a page: kind and text of each."""
    text = path.read_text()
    if path.suffix == ".md":
        return fenced(text)
    return [(kind_of(block), block) for block in literal(text)]
