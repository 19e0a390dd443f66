"""The page on which people sign in: a form that needs no script."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --bg: #f5f5f2; --surface: #fff; --ink: #1d2129; --muted: #5c6471; --line: #8a8f99;
  --accent: #3548b8; --on-accent: #fff; --bad: #9b1c1c; --bad-soft: #fdf0ef; }
@media (prefers-color-scheme: dark) { :root { --bg: #121419; --surface: #1a1d24; --ink: #e7e9ee; --muted: #a0a8b6;
  --line: #6b7382; --accent: #9db0ff; --on-accent: #10142a; --bad: #ffb0a8; --bad-soft: #331c1c; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--bg); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { width: min(340px, calc(100vw - 80px)); padding: 28px; background: var(--surface); border-radius: 14px;
  box-shadow: 0 1px 3px rgb(0 0 0 / .12); }
h1 { margin: 0 0 4px; font-size: 21px; letter-spacing: -.02em; }
p { margin: 0 0 18px; color: var(--muted); font-size: 14.5px; }
label { display: block; margin: 0 0 4px; font-size: 14px; font-weight: 600; }
input { width: 100%; box-sizing: border-box; margin: 0 0 14px; padding: 9px 11px; font: inherit; color: inherit;
  background: var(--bg); border: 1px solid var(--line); border-radius: 8px; }
button { width: 100%; padding: 10px; font: inherit; font-weight: 600; cursor: pointer; border: 0; border-radius: 8px;
  background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.alert { padding: 9px 11px; border-radius: 8px; background: var(--bad-soft); color: var(--bad); }
"""


def login_page(action: str, said: str = "", name: str = "") -> str:
    """The form, sent to `action`; `said` is what was wrong with the last try, `name` who it was for."""
    alert = f'<p class="alert" role="alert">{escape(said)}</p>' if said else ""
    focus = ("", " autofocus") if name else (" autofocus", "")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · askpapers</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><main><h1>askpapers</h1><p>Sign in to ask the papers of this library.</p>{alert}
<form method="post" action="{escape(action)}">
<label for="name">Name</label>
<input id="name" name="name" value="{escape(name)}" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="64" required{focus[0]}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="72" required{focus[1]}>
<button type="submit">Sign in</button>
</form></main></body></html>
"""
