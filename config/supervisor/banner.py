"""The addresses and the demo logins, printed when the shop answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ROLES = ("staff", "agents", "members")


def render(base_url: str, world: Mapping[str, object]) -> str:
    pages = {
        "Retail shop": "/",
        "Wholesale portal": "/kameng/",
        "Back office": "/admin/",
        "API for agents": "/api/docs/",
    }
    lines = ["", *(f"  {name:<18}{base_url}{path}" for name, path in pages.items()), ""]
    logins = list(_logins(world))
    if logins:
        lines += [f"  {'log in as':<12}{'password':<18}who", *logins, ""]
    lines.append("  Ctrl-C stops everything.")
    return "\n".join(lines) + "\n"


def _logins(world: Mapping[str, object]) -> Iterator[str]:
    for role in ROLES:
        entries = world.get(role)
        for entry in entries if isinstance(entries, list) else [entries]:
            if not isinstance(entry, dict):
                continue
            words = [role.rstrip("s") if role != "staff" else role]
            words += [str(entry[key]) for key in ("tier", "level") if entry.get(key)]
            if entry.get("balance"):
                words.append(f"¥{entry['balance']}")
            yield f"  {entry.get('username'):<12}{entry.get('password'):<18}{', '.join(words)}"
