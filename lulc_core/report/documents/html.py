"""A story as one HTML file that needs nothing else: no network, no script, pictures inside.

It reads in a light and in a dark theme, prints without its colours, and has a table for everything that a picture
shows. All text of the result and of the user is escaped.
"""

from __future__ import annotations

import base64
import unicodedata
from html import escape

from lulc_core.domain.errors import CancelledError
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.language.words import Words
from lulc_core.report.documents.pictures import compact
from lulc_core.report.story.slide import Slide, Story, Table

_CSS = """
:root { color-scheme: light dark; --ink: #1a1a1a; --grey: #555; --paper: #fff; --pale: #f3f3f0; --line: #767676;
  --mark: #1f5a8c; --warn: #9c1c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --grey: #b9b9b9; --paper: #16181b; --pale: #23262b;
  --line: #8a8a8a; --mark: #7fb8ea; --warn: #ff9d9d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 1.5rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
  font: 1.06rem/1.55 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { font-size: 1.45rem; line-height: 1.25; margin: 2.6rem 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; } p { margin: .5rem 0; }
nav ul { columns: 2; padding-left: 1.2rem; } a { color: var(--mark); }
figure { margin: 1.2rem 0; } figcaption, footer { color: var(--grey); font-size: .9rem; }
img { max-width: 100%; height: auto; background: #fff; border: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { overflow-wrap: normal; border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); }
.n { text-align: right; white-space: nowrap; } tbody th { font-weight: 400; }
.simulated { color: var(--warn); font-weight: 700; border: 2px solid var(--warn); padding: .4rem .8rem; }
.comment { border-left: .3rem solid var(--mark); padding: .1rem 0 .1rem 1rem; white-space: pre-wrap; }
details { margin: 1rem 0; padding: .4rem .9rem; background: var(--pale); border-radius: .4rem; }
summary { cursor: pointer; font-weight: 600; } details p { font-size: .92rem; }
@media (max-width: 34rem) { nav ul { columns: 1; } th, td { padding: .25rem .5rem .25rem 0; font-size: .88rem; }
  .n { white-space: normal; } }
@page { size: A4; margin: 16mm; }
@media print { :root { --ink: #000; --grey: #444; --paper: #fff; --pale: #fff; --line: #999; --mark: #1f5a8c;
  --warn: #9c1c1c; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } nav { display: none; }
  h2, summary { break-after: avoid; } figure, table, tr { break-inside: avoid; } img { max-height: 15cm; }
  details { padding: 0; } details::details-content { content-visibility: visible; display: block; height: auto; }
  .simulated { position: static; } .stamp { position: fixed; top: 45%; left: 10%; font-size: 70pt; font-weight: 700;
  color: rgba(120, 60, 60, .13); transform: rotate(-30deg); display: block !important; } }
.stamp { display: none; }
"""


def to_html(story: Story, on_progress: Progress | None = None, cancelled: Cancelled | None = None) -> bytes:
    """The story as one file, UTF-8. The same story gives the same bytes.

    Args:
        story: of ``report.story.build_story``.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between slides.

    Raises:
        CancelledError: ``cancelled()`` said so.
    """
    words = Words(story.lang)
    body: list[str] = [f"<h1>{_text(story.title)}</h1>"]
    if story.simulated:
        body.append(
            f'<p class="simulated">{_text(story.banner)}</p><div class="stamp" aria-hidden="true">SIMULATED</div>'
        )
    if story.summary:
        lines = "".join(f"<p>{_text(line)}</p>" for line in story.summary)
        heading = _text(words.translate("doc.summary"))
        body.append(f'<section aria-labelledby="short"><h2 id="short">{heading}</h2>{lines}</section>')
    links = "".join(f'<li><a href="#{s.key}">{_text(s.title)}</a></li>' for s in story.slides)
    contents = _text(words.translate("doc.contents"))
    body.append(f'<nav aria-label="{contents}"><h2>{contents}</h2><ul>{links}</ul></nav>')
    for i, slide in enumerate(story.slides):
        if cancelled is not None and cancelled():
            raise CancelledError("Stopped, as you asked.")
        if on_progress is not None:
            on_progress(i / len(story.slides), words.translate("step.page", title=slide.title))
        body.append(_section(slide, words))
    body.append(f"<footer><p>{_text(story.attribution)}</p></footer>")
    if on_progress is not None:
        on_progress(1.0, words.translate("step.done"))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        # Nothing may be fetched, whatever somebody pastes into it later.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{_text(story.title)}</title><style>{_CSS}</style>"
    )
    main = "\n".join(body)
    page = f"<head>{head}</head>\n<body><main>\n{main}\n</main></body>"
    return f'<!DOCTYPE html>\n<html lang="{escape(story.lang)}">{page}</html>\n'.encode()


def _section(slide: Slide, words: Words) -> str:
    parts = [f'<section aria-labelledby="{slide.key}"><h2 id="{slide.key}">{_text(slide.title)}</h2>']
    parts += [f"<p>{_text(line)}</p>" for line in slide.lines]
    if slide.picture is not None:
        parts.append(_figure(slide.picture, slide.picture_alt, slide.caption))
    if slide.chart is not None:
        parts.append(_figure(slide.chart, slide.chart_alt, slide.chart_caption))
    if slide.table is not None:
        parts.append(_table(slide.table))
    if slide.comment:
        label = _text(words.translate("doc.comment"))
        # The browser finds out the direction of a paragraph by itself (dir=auto).
        parts.append(f'<div role="note" aria-label="{label}" class="comment" dir="auto">{_text(slide.comment)}</div>')
    if slide.details or slide.detail_table is not None:
        inner = "".join(f"<p>{_text(line)}</p>" for line in slide.details)
        inner += _table(slide.detail_table) if slide.detail_table is not None else ""
        parts.append(f"<details><summary>{_text(words.translate('doc.specialists'))}</summary>{inner}</details>")
    return "\n".join([*parts, "</section>"])


def _figure(png: bytes, alt: str, caption: str) -> str:
    picture, kind = compact(png)
    data = base64.b64encode(picture).decode("ascii")
    below = f"<figcaption>{_text(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="data:{kind};base64,{data}" alt="{_text(alt)}">{below}</figure>'


def _table(table: Table) -> str:
    def cells(row: tuple[str, ...], *, head: bool) -> str:
        made = []
        for k, (cell, right) in enumerate(zip(row, table.numeric, strict=True)):
            kind, scope = ("th", ' scope="col"') if head else ("th", ' scope="row"') if k == 0 else ("td", "")
            made.append(f"<{kind}{scope}{' class=n' if right else ''}>{_text(cell)}</{kind}>")
        return "<tr>" + "".join(made) + "</tr>"

    rows = "".join(cells(r, head=False) for r in table.rows)
    head = f"<caption>{_text(table.caption)}</caption><thead>{cells(table.header, head=True)}</thead>"
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _text(text: str) -> str:
    """Escaped, without the control characters that HTML forbids and those that would turn the text around it."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return escape("".join(c for c in kept if c not in _TURNING), quote=True)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that would turn the direction of everything after them."""
