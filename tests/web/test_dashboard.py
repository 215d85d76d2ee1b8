"""The page, its style and its script."""

import re
from importlib.resources import files

import httpx
import pytest
from attrs import evolve
from tests.board_samples import halted, healthy, started
from tests.face_samples import face

from trader247.core.status_board import BoardFact
from trader247.web.routes import make_app

pytestmark = pytest.mark.req("WEB1")

ASSETS = {
    name: (files("trader247.web") / "assets" / name).read_text()
    for name in ("dashboard.html", "dashboard.css", "dashboard.js")
}


def client(*facts: BoardFact) -> httpx.AsyncClient:
    made, _ = face(*facts)
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_app(made)), base_url="http://127.0.0.1:9247")


async def test_the_page_tells_the_state_before_its_script_has_run() -> None:
    async with client(*healthy(), halted("daily stop: -3.1 %")) as http:
        page = (await http.get("/")).text
    assert "<title>HALTED · PAPER · trader247</title>" in page
    assert "Halted by kill_switch: daily stop: -3.1 %" in page
    assert ">$100,000.00</strong>" in page


async def test_what_a_fact_says_is_never_markup() -> None:
    nasty = "<script>alert(1)</script>"
    async with client(evolve(started(), venue=nasty), halted(nasty)) as http:
        page = (await http.get("/")).text
    assert nasty not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dashboard.css", "text/css"), ("dashboard.js", "text/javascript"), ("icon.svg", "image/svg+xml")],
)
async def test_each_file_the_page_uses_is_served_with_its_type(name: str, kind: str) -> None:
    async with client() as http:
        answer = await http.get(f"/assets/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("name", ["dashboard.html", "..%2f__init__.py", "x", "%2e%2e/%2e%2e/cli/main.py"])
async def test_no_other_file_is_served(name: str) -> None:
    async with client() as http:
        assert (await http.get(f"/assets/{name}")).status_code == 404


def test_the_page_needs_no_other_host_and_no_inline_script_or_style() -> None:
    page = ASSETS["dashboard.html"]
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert not re.search(r"<script(?! src=)", page)
    assert "<style" not in page
    assert not re.search(r"\son[a-z]+=|\sstyle=", page)
    assert not re.search(r"url\(|@import", ASSETS["dashboard.css"])


def test_the_script_puts_text_in_as_text_only() -> None:
    script = ASSETS["dashboard.js"]
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage", "cookie"):
        assert name not in script, name


def test_every_element_the_script_names_is_on_the_page() -> None:
    named = set(re.findall(r"byId\(\"([a-z-]+)\"\)|(?:show|say|table)\(\"([a-z-]+)\"", ASSETS["dashboard.js"]))
    ids = set(re.findall(r'id="([a-z-]+)"', ASSETS["dashboard.html"]))
    assert {name for pair in named for name in pair if name} <= ids
