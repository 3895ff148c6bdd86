"""A real hub: sign-in, servers, kernels, and what participants try against them."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import websocket
from requests.adapters import HTTPAdapter

from fronteras import passwords
from fronteras.demo import create_demo, sign_ins
from tests.fronteras.running_hub import (
    REPOSITORY,
    Browser,
    RunningHub,
    enter,
    running_hub,
    small_site,
    until,
)

SECRET = "nobody-else-reads-this"


@pytest.fixture(scope="module")
def bruno(hub: RunningHub) -> Browser:
    """Somebody else, whose server runs too."""
    browser = enter(hub, "bruno")
    browser.start_server()
    (hub.directory / "homes" / "bruno" / "notes.txt").write_text(SECRET)
    return browser


# -- signing in


def test_a_wrong_password_an_unknown_name_and_a_grader_look_the_same(hub: RunningHub) -> None:
    pages = []
    for username in ("elena", "nobody-knows", "grader-demo"):
        _, answer = hub.try_login(username, "wrong")
        assert answer.status_code == 403
        text = answer.text.replace(username, "NAME")
        pages.append(text[text.index("<main") : text.index("</main>")].replace("NAME", ""))
    assert "do not belong together" in pages[0]
    assert len({page.split('name="_xsrf"')[0] for page in pages}) == 1


def test_nobody_signs_up(hub: RunningHub) -> None:
    assert requests.get(hub.url + "/hub/signup", timeout=10).status_code == 404


class From(HTTPAdapter):
    """Sends from another address of the loopback network, as another computer would."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def test_a_guesser_waits_and_the_person_does_not(hub: RunningHub) -> None:
    def guess(number: int) -> int:
        browser = Browser(hub.url, "fabio")
        forged = f"203.0.113.{number}"
        browser.session.headers.update({"X-Forwarded-For": forged, "X-Real-Ip": forged})
        return hub.try_login("fabio", "wrong", browser)[1].status_code

    answers = [guess(number) for number in range(5)]
    while answers[-1] == 403:  # a slow machine hashes longer than the first waits
        answers.append(guess(len(answers)))
        assert len(answers) < 20
    assert (answers[:5], answers[-1]) == ([403] * 5, 429)
    _, refused = hub.try_login("fabio", sign_ins(hub.directory)["fabio"])
    assert "Too many wrong passwords from your computer" in refused.text
    elsewhere = Browser(hub.url, "fabio")
    elsewhere.session.mount("http://", From("127.0.0.2"))
    _, answer = hub.try_login("fabio", sign_ins(hub.directory)["fabio"], elsewhere)
    assert answer.status_code == 302


def test_who_is_added_while_it_runs_can_sign_in_and_who_is_removed_cannot(hub: RunningHub) -> None:
    roster, stored = hub.directory / "roster.csv", hub.directory / "private" / "passwords.json"
    before = roster.read_text()
    columns = next(csv.reader([before.splitlines()[0]]))
    person = {"username": "nora", "name": "Nora", "state": "Coral Keys", "language": "en"}
    row = ",".join(person.get(column, "") for column in columns)
    roster.write_text(f"{before.rstrip()}\n{row}\n")
    passwords.save(stored, {**passwords.load(stored), "nora": passwords.hash_password("tide")})
    nora = hub.login("nora", "tide")
    assert nora.get("/hub/home").status_code == 200
    roster.write_text(before)
    assert hub.try_login("nora", "tide")[1].status_code == 403


# -- the loop from sign-in to a cell


def test_a_cell_runs_and_labs_is_there(ana: Browser) -> None:
    assert ana.run("import labs; print(labs.check.__module__)") == "labs.answers\n"


def test_a_notebook_of_that_name_does_not_break_the_kernel(hub: RunningHub, ana: Browser) -> None:
    home = hub.directory / "homes" / "ana"
    for name in ("json.py", "tornado.py"):
        (home / name).write_text("raise SystemExit")
    assert ana.run("print('fine')") == "fine\n"
    for name in ("json.py", "tornado.py"):
        (home / name).unlink()


def test_a_cell_can_be_interrupted(ana: Browser) -> None:
    kernel = ana.start_kernel()
    kernel.run("1")
    kernel.send("import time\nprint('begun', flush=True)\ntime.sleep(600)")
    kernel.read(lambda message: message["content"].get("text") == "begun\n")
    ana.send("POST", f"{ana.server}api/kernels/{kernel.id}/interrupt")
    ended = kernel.read(lambda message: message["msg_type"] == "error")
    assert ended["content"]["ename"] == "KeyboardInterrupt"
    kernel.stop()


def test_kernels_are_few(ana: Browser) -> None:
    kernels = [ana.start_kernel() for _ in range(4)]
    answer = ana.send("POST", ana.server + "api/kernels", json={})
    assert answer.status_code == 429
    assert "Stop one that you no longer need" in answer.text
    for kernel in kernels:
        kernel.stop()


def test_a_kernel_that_grows_too_big_is_ended_whatever_it_hides(ana: Browser) -> None:
    """Its server sees it, from outside its sandbox; the limit of the demo is 1024 MiB."""
    grow = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        mine = bytearray(220 * 2**20)
        mine[::4096] = b'x' * len(mine[::4096])
        time.sleep(60)
        os._exit(0)
"""
    for code in (grow, "import ctypes; ctypes.CDLL(None).prctl(4, 0)"):
        kernel = ana.start_kernel()
        kernel.send(code)
        kernel.read(
            lambda message: message["content"].get("execution_state") in ("restarting", "dead")
        )
        kernel.stop()


# -- what a kernel reaches


def test_a_kernel_sees_its_home_and_no_other(hub: RunningHub, ana: Browser, bruno: Browser) -> None:
    places = {
        "bruno": hub.directory / "homes" / "bruno" / "notes.txt",
        "secret": hub.directory / "private" / "secret",
        "passwords": hub.directory / "private" / "passwords.json",
        "database": hub.directory / "hub" / "jupyterhub.sqlite",
        "cookies": hub.directory / "hub" / "cookie-secret",
        "proxy": hub.directory / "hub" / "proxy-token",
        "gradebook": hub.directory / "gradebook.db",
        "settings": hub.directory / "cohort.toml",
        "site": hub.directory.parent / "site" / "index.html",
    }
    for name, place in places.items():
        if name not in ("gradebook",):
            assert place.exists(), name
    found = ana.run(
        "import os\n"
        f"print([name for name, place in { ({k: str(v) for k, v in places.items()})!r}.items() "
        "if os.path.exists(place)])\n"
        f"print(os.listdir({str(hub.directory / 'homes')!r}))"
    )
    assert found == "[]\n['ana']\n"


def test_a_kernel_holds_no_scoring_code_and_no_platform(ana: Browser) -> None:
    code = """
import importlib.util
for name in ('grading', 'grading.cases', 'fronteras', 'fronteras.hub'):
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    print(name, found and found.origin)
"""
    assert set(ana.run(code).split()[1::2]) == {"None"}


def test_a_kernel_holds_no_token_and_sees_no_server(ana: Browser) -> None:
    code = """
import os
print([name for name in os.environ if 'JUPYTER' in name or 'TOKEN' in name or 'FRONTERAS' in name])
print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))
print(sum(b'TOKEN' in open(f'/proc/{name}/environ', 'rb').read() for name in ('1', 'self')))
"""
    assert ana.run(code) == "[]\n[1, 2]\n0\n"


def test_a_kernel_has_no_network(hub: RunningHub, ana: Browser) -> None:
    port = int(hub.url.rpartition(":")[2])
    code = f"""
import socket
try:
    socket.create_connection(('127.0.0.1', {port}), 5)
    print('reached')
except OSError as error:
    print('refused')
"""
    assert ana.run(code) == "refused\n"


def test_a_kernel_sees_only_its_own_sockets(ana: Browser, bruno: Browser) -> None:
    other, mine = bruno.start_kernel(), ana.start_kernel()
    also_mine = ana.start_kernel()
    code = f"""
import os
for place, folders, names in os.walk("/tmp"):
    if {str(REPOSITORY)!r} in (os.path.join(place, folder) for folder in folders):
        folders.remove({REPOSITORY.name!r})  # the clone of these tests may lie here
    print([os.path.join(place, name) for name in names])
"""
    seen = mine.run(code)
    assert mine.id in seen
    assert other.id not in seen
    assert also_mine.id not in seen
    for kernel in (other, mine, also_mine):
        kernel.stop()


def test_a_kernel_cannot_write_what_the_server_reads(ana: Browser) -> None:
    code = """
import os, sys
root = [p for p in sys.path if p.endswith('site-packages')][0]
for place in (root, sys.prefix, os.path.dirname(os.__file__)):
    try:
        open(os.path.join(place, 'planted.py'), 'w')
        print('wrote', place, os.listdir(place))
    except OSError:
        pass
"""
    assert ana.run(code).strip() == ""


# -- what a kernel plants for its server


@pytest.mark.parametrize(
    "target",
    ["/proc/self/environ", "/proc/self/status", "/etc/hosts", "/tmp/run/jupyter_cookie_secret"],
)
def test_the_server_follows_no_link(ana: Browser, target: str) -> None:
    ana.run(f"import os\nif os.path.lexists('link.txt'): os.unlink('link.txt')\n"
            f"os.symlink({target!r}, 'link.txt')")  # fmt: skip
    for path in ("api/contents/link.txt?type=file&format=text", "files/link.txt", "edit/link.txt"):
        answer = ana.get(ana.server + path)
        if answer.status_code == 200:  # the editor's page comes empty
            assert "TOKEN" not in answer.text
            assert path.startswith("edit/"), path
    saved = ana.send(
        "PUT",
        ana.server + "api/contents/link.txt",
        json={"type": "file", "format": "text", "content": "x"},
    )
    assert saved.status_code >= 400
    assert ana.run("import os; print(os.readlink('link.txt'))") == f"{target}\n"


def test_the_server_follows_no_folder_that_is_a_link(ana: Browser) -> None:
    ana.run("import os; os.symlink('/', 'all'); os.symlink('/tmp/run', '.ipynb_checkpoints')")
    for path in ("api/contents/all", "api/contents/all/etc/hosts", "files/all/etc/hosts"):
        assert ana.get(ana.server + path).status_code >= 400, path
    saved = ana.send("PUT", ana.server + "api/contents/all/tmp/x.txt",
                     json={"type": "file", "format": "text", "content": "x"})  # fmt: skip
    assert saved.status_code >= 400
    ana.run("import os; os.unlink('all'); os.unlink('.ipynb_checkpoints')")


def test_nothing_in_a_home_configures_or_extends_the_server(hub: RunningHub) -> None:
    home = hub.directory / "homes" / "claire"
    mark = home / "it-ran"
    code = f"open({str(mark)!r}, 'w').close()\n"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    config = f"c = get_config()\n{code}c.ServerApp.allow_origin = '*'\n"
    kernelspec = json.dumps(
        {"argv": ["touch", str(mark)], "display_name": "Evil", "language": "python"}
    )
    enabled = '{"ServerApp": {"jpserver_extensions": {"evil": true}}}'
    planted = {
        "jupyter_server_config.py": config,
        "jupyter_config.py": config,
        ".jupyter/jupyter_server_config.py": config,
        ".jupyter/jupyter_notebook_config.py": config,
        ".jupyter/jupyter_server_config.d/evil.json": enabled,
        ".jupyter/custom/custom.css": "body { display: none }",
        ".jupyter/custom/custom.js": "alert(1)",
        ".jupyter/lab/user-settings/evil.json": "{}",
        ".local/etc/jupyter/jupyter_server_config.py": config,
        f".local/lib/{version}/site-packages/usercustomize.py": code,
        f".local/lib/{version}/site-packages/sitecustomize.py": code,
        ".local/share/jupyter/kernels/python3/kernel.json": kernelspec,
        ".local/share/jupyter/kernels/evil/kernel.json": kernelspec,
        ".local/share/jupyter/labextensions/evil/package.json": "{}",
        ".local/share/jupyter/nbconvert/templates/lab/index.html.j2": "{{ 1/0 }}",
        "evil.py": code + "def _load_jupyter_server_extension(app): pass\n",
        "sitecustomize.py": code,
        "labs.py": code,
        "json.py": code,
        "fronteras/__init__.py": code,
        "tornado/__init__.py": code,
        "templates/tree.html": "planted",
    }
    for name, text in planted.items():
        place = home / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    if os.geteuid() == 0:
        from grading.sandbox import hand_over

        hand_over(home)
    claire = enter(hub, "claire")
    claire.start_server()
    specs = claire.get(claire.server + "api/kernelspecs").json()["kernelspecs"]
    assert list(specs) == ["python3"]
    assert specs["python3"]["spec"]["argv"][0] == "python"
    assert "display: none" not in claire.get(claire.server + "custom/custom.css").text
    assert "evil" not in claire.get(claire.server + "tree").text
    assert claire.get(claire.server + "lab/extensions/evil/package.json").status_code == 404
    assert not mark.exists()
    assert claire.run("print('fine')") == "fine\n"


def test_a_terminal_is_not_to_be_had(ana: Browser) -> None:
    assert ana.send("POST", ana.server + "api/terminals", json={}).status_code == 404


# -- other people


SERVER_PATHS = ("tree", "lab", "api/contents", "api/kernels", "api/status", "files/notes.txt",
                "nbconvert/html/x.ipynb", "view/notes.txt", "fronteras/api/labs",
                "fronteras/open?lab=s1-2-offences")  # fmt: skip


@pytest.mark.parametrize("visitor", ["ana", "ines"])
@pytest.mark.parametrize("path", SERVER_PATHS)
def test_nobody_enters_another_s_server(
    hub: RunningHub, bruno: Browser, visitor: str, path: str, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(visitor)
    assert bruno.get(bruno.server + "files/notes.txt").text == SECRET
    answer = browser.get(bruno.server + path)
    assert answer.status_code in (403, 404)
    assert SECRET not in answer.text


@pytest.mark.parametrize("visitor", ["ana", "ines"])
def test_nobody_speaks_to_another_s_kernel(
    hub: RunningHub, bruno: Browser, visitor: str, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(visitor)
    kernel = bruno.start_kernel()
    cookies = requests.cookies.get_cookie_header(
        browser.session.cookies, requests.Request("GET", hub.url + bruno.server)
    )
    address = f"{hub.url.replace('http', 'ws')}{bruno.server}api/kernels/{kernel.id}/channels"
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(address, cookie=cookies, timeout=30)
    kernel.stop()


def token(browser: Browser) -> str:
    """Make a token of all that this person may do, as the hub's page for tokens would."""
    browser.get("/hub/token")
    answer = browser.send("POST", f"/hub/api/users/{browser.username}/tokens", json={})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["token"]
    return made


API = [  # method, path, what a participant's token gets, what an instructor's gets
    ("GET", "users", 403, 403),
    ("GET", "users/bruno", 404, 404),
    ("GET", "users/ana", 200, 404),
    ("GET", "users/bruno/tokens", 404, 404),
    ("POST", "users/bruno/tokens", 403, 403),
    ("POST", "users/bruno/server", 404, 404),
    ("DELETE", "users/bruno/server", 404, 404),
    ("POST", "users/mallory", 403, 403),
    ("DELETE", "users/bruno", 403, 403),
    ("GET", "groups", 403, 403),
    ("POST", "groups/formgrade-demo/users", 403, 403),
    ("GET", "services", 403, 403),
    ("GET", "proxy", 403, 403),
    ("POST", "shutdown", 403, 403),
    ("GET", "shares/ana/", 200, 404),
    ("POST", "shares/ana/", 403, 403),
    ("POST", "shares/bruno/", 403, 403),
]


@pytest.mark.parametrize(("method", "path", "participant", "instructor"), API)
def test_what_a_token_may_do_at_the_hub(
    hub: RunningHub, ana: Browser, ines: Browser, bruno: Browser,
    method: str, path: str, participant: int, instructor: int,
) -> None:  # fmt: skip
    for browser, expected in ((ana, participant), (ines, instructor)):
        answer = requests.request(
            method,
            f"{hub.url}/hub/api/{path}",
            headers={"Authorization": f"token {token(browser)}"},
            json={"users": [browser.username], "user": "bruno", "scopes": []},
            timeout=30,
        )
        assert answer.status_code == expected, (browser.username, answer.text)


def test_a_wrong_token_gets_nothing(hub: RunningHub) -> None:
    for path in ("users", "user", "proxy", "shutdown"):
        answer = requests.get(
            f"{hub.url}/hub/api/{path}", headers={"Authorization": "token x"}, timeout=30
        )
        assert answer.status_code in (403, 405)


def test_the_proxy_s_own_api_is_neither_public_nor_open(hub: RunningHub) -> None:
    assert requests.get(hub.url + "/api/routes", timeout=10).status_code == 404
    for port in listening():
        try:
            answer = requests.get(f"http://127.0.0.1:{port}/api/routes", timeout=5)
        except requests.RequestException:
            continue
        assert "last_activity" not in answer.text, port


def listening() -> set[int]:
    """Return the ports of 127.0.0.1 that anybody listens on."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {int(field[1].split(":")[1], 16) for field in fields if field[3] == "0A"}


# -- pages


def test_a_page_in_a_home_runs_in_a_sandbox_of_the_browser(ana: Browser) -> None:
    ana.run("open('page.html', 'w').write('<script>alert(1)</script>')")
    notebook = (
        "import nbformat.v4 as v4, nbformat\n"
        "nb = v4.new_notebook(cells=[v4.new_markdown_cell('<script>alert(1)</script>')])\n"
        "nbformat.write(nb, 'page.ipynb')"
    )
    assert ana.run(notebook) == ""
    for path in ("files/page.html", "nbconvert/html/page.ipynb"):
        answer = ana.get(ana.server + path)
        assert answer.status_code == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert "sandbox allow-scripts" in policy
        assert "allow-same-origin" not in policy


def test_the_course_is_public_and_the_hub_is_not_in_a_frame(hub: RunningHub) -> None:
    assert "Course" in requests.get(hub.url + "/", timeout=10).text
    login = requests.get(hub.url + "/hub/login", timeout=10)
    assert "frame-ancestors 'none'" in login.headers["Content-Security-Policy"]
    assert "Operation Marejada" in login.text


# -- formgrader


def test_formgrader_is_for_instructors(hub: RunningHub, ana: Browser, ines: Browser) -> None:
    until(lambda: ines.get("/services/demo/formgrader").status_code == 200)
    assert "formgrader" in ines.get("/services/demo/formgrader").text.lower()
    assert ana.get("/services/demo/formgrader").status_code == 403
    assert ana.get("/services/demo/api/contents").status_code == 403


def test_formgrader_s_server_hides_the_hub_and_runs_nothing(hub: RunningHub, ines: Browser) -> None:
    until(lambda: ines.get("/services/demo/formgrader").status_code == 200)
    base = "/services/demo/"
    for path in ("private", "private/secret", "hub/cookie-secret", "cohort.toml", "homes",
                 "attempts", "../secret", "source/../private/secret"):  # fmt: skip
        assert ines.get(f"{base}api/contents/{path}").status_code == 404, path
        assert ines.get(f"{base}files/{path}").status_code == 404, path
    sources = f"{base}files/source/s1-2-offences/s1-2-offences.ipynb"
    assert ines.get(sources).status_code == 200
    listed = ines.get(f"{base}api/contents").json()["content"]
    assert {item["name"] for item in listed} <= {
        "source", "release", "submitted", "autograded", "feedback"
    }  # fmt: skip
    assert ines.get(f"{base}api/kernelspecs").json()["kernelspecs"] == {}
    assert ines.send("POST", f"{base}api/kernels", json={"name": "python3"}).status_code >= 400
    assert ines.send("POST", f"{base}api/terminals", json={}).status_code == 404


# -- the end


def processes_of(directory: Path) -> list[str]:
    """Return the command lines that name a cohort; its services and proxy are children."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if str(directory).encode() in line and int(place.name) != os.getpid():
            found.append(f"{place.name} {line[:200]!r}")
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_ends_within_seconds_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    cohort = create_demo(tmp_path / "demo", datetime.now(UTC))
    with running_hub(cohort.directory, small_site(tmp_path)) as hub:
        browser = enter(hub, "ana")
        browser.start_server()
        browser.start_kernel().run("1")
        assert len(processes_of(cohort.directory)) > 5
        hub.process.send_signal(number)
        hub.process.wait(60)
        until(lambda: not processes_of(cohort.directory), 30)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(hub.url.rpartition(":")[2]))) != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user all tests run so")
def test_it_runs_as_an_ordinary_user_too(tmp_path: Path) -> None:
    cohort = create_demo(tmp_path / "demo", datetime.now(UTC))
    with running_hub(cohort.directory, small_site(tmp_path), ordinary_user=True) as hub:
        browser = enter(hub, "ana")
        browser.start_server()
        code = "import os, labs; print(os.getuid(), os.listdir(os.path.dirname(os.getcwd())))"
        assert browser.run(code) == "65534 ['ana']\n"
