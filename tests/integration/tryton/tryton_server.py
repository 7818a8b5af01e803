"""A Tryton server of the Debian package, with a database prepared once per build tree."""
import base64
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CLERK, PASSWORD = "clerk", "a bridge of channels"
FIRST = "first"  # the database that the server begins with
MODULES = ("party", "product", "sale", "sale_opportunity", "account_invoice", "account_invoice_stock", "stock")


def missing():
    """Why no server can be started here, or nothing."""
    program = shutil.which("trytond")
    if program is None:
        return "there is no trytond: install Debian's tryton-server and tryton-modules-sale-opportunity (make dependencies does)"
    if not interpreter():
        return "the Python that trytond names in its first line cannot import it"
    return None


def interpreter():
    """The Python that trytond runs with and that has its modules; another one may come first in PATH."""
    first = pathlib.Path(shutil.which("trytond")).read_text(encoding="utf-8", errors="replace").splitlines()[0]
    python = first[2:].split()[0] if first.startswith("#!") else "/usr/bin/python3"
    modules = ", ".join("trytond.modules." + name for name in MODULES)
    found = subprocess.run([python, "-c", "import " + modules], capture_output=True, timeout=60)
    return python if found.returncode == 0 else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configure(folder, port):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "trytond.conf"
    file.write_text(f"[web]\nlisten = 127.0.0.1:{port}\n[database]\nuri = sqlite://\npath = {folder}\n", encoding="utf-8")
    return file


def template(cache):
    """The prepared database; made anew when its script or the server's packages change."""
    script = HERE / "prepare.py"
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "tryton-server", "tryton-modules-*"],
                              capture_output=True, check=False).stdout
    # Its fiscal year is this year's.
    name = hashlib.sha256(script.read_bytes() + versions + str(time.localtime().tm_year).encode()).hexdigest()[:16]
    made = cache / f"{name}.sqlite"
    if not made.exists():
        folder = cache / f"{name}.{os.getpid()}"
        subprocess.run([interpreter(), str(script), str(configure(folder, 0)), FIRST], check=True, timeout=600)
        os.replace(folder / f"{FIRST}.sqlite", made)
        shutil.rmtree(folder)
    return made


class Server:
    """trytond, with as many copies of the template as are asked for; ended by its process id."""

    def __init__(self, folder, cache):
        self.folder = folder
        self.prepared = template(cache)  # takes minutes where there is none yet
        deadline = time.monotonic() + 120
        self.start()
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = (folder / "trytond.log").read_text(errors="replace")[-2000:]
                if "already in use" not in said or time.monotonic() > deadline:
                    raise RuntimeError("trytond did not start: " + said)
                self.start()  # somebody was given the port since we asked for a free one
            time.sleep(0.2)

    def start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        configuration = configure(self.folder, self.port)
        shutil.copyfile(self.prepared, self.folder / f"{FIRST}.sqlite")
        self.log = open(self.folder / "trytond.log", "wb")
        self.process = subprocess.Popen(["trytond", "-c", str(configuration), "-d", FIRST], stdout=self.log, stderr=self.log)

    def answers(self):
        try:
            Client(self.url, FIRST)
        except (OSError, urllib.error.URLError):
            return False
        return True

    def new_database(self, name):
        """A client of a database as nobody has used it yet."""
        shutil.copyfile(self.prepared, self.folder / f"{name}.sqlite")
        return Client(self.url, name)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Refused(Exception):
    pass


class Client:
    """Somebody who works in the ERP."""

    def __init__(self, url, database):
        self.url = f"{url}/{database}/"
        self.headers = {"Content-Type": "application/json"}
        user, session = self("common.db.login", CLERK, {"password": PASSWORD}, "en")[:2]
        token = base64.b64encode(f"{CLERK}:{user}:{session}".encode()).decode()
        self.headers["Authorization"] = "Session " + token

    def __call__(self, method, *params):
        body = json.dumps({"id": 1, "method": method, "params": list(params)}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body, self.headers), timeout=60) as answer:
            answer = json.loads(answer.read())
        if "error" in answer:
            raise Refused(answer["error"][:2])
        return answer["result"]

    def model(self, name, method, *params):
        return self(f"model.{name}.{method}", *params, {"company": 1, "employee": 1, "active_test": False})

    def wizard(self, name, model, record, button, answers):
        """The wizard on one record: its first form as it comes, but for the answers, and then the button."""
        context = {"company": 1, "employee": 1, "active_model": model, "active_id": record, "active_ids": [record]}
        session, form, _ = self(f"wizard.{name}.create", context)
        shown = self(f"wizard.{name}.execute", session, {}, form, context)["view"]["defaults"]
        filled = {field: value for field, value in shown.items() if not field.endswith(".")}
        self(f"wizard.{name}.execute", session, {form: {**filled, **answers}}, button, context)
        self(f"wizard.{name}.delete", session, context)

    def rows(self, name, domain, *fields):
        return self.model(name, "search_read", domain, 0, None, [["id", "ASC"]], list(fields))


class Gate(http.server.ThreadingHTTPServer):
    """Stands before the server and hands everything on; the answers to some methods never come back, although the server has done
    what was asked; and somebody may do something between a method and its answer."""
    daemon_threads = True

    def __init__(self, server_url):
        super().__init__(("127.0.0.1", 0), Passage)
        self.server_url = server_url
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.lose = set()          # methods whose next answer is lost
        self.held = threading.Event()   # an answer is on its way nowhere
        self.calls = []            # every method, in order
        self.meanwhile = {}        # method -> what somebody does, once, when the server has done it
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Passage(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = json.loads(body)["method"]
        self.server.calls.append(method)
        headers = {name: value for name, value in self.headers.items() if name.lower() in ("content-type", "authorization", "accept")}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.server.server_url + self.path, body, headers), timeout=60) as answer:
                status, sent, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, sent, text = error.code, error.headers, error.read()
        meanwhile = self.server.meanwhile.pop(method, None)
        if meanwhile:
            meanwhile()
        if method in self.server.lose:
            self.server.lose.remove(method)
            self.server.held.set()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(status)
        for name in ("Date", "Content-Type"):
            if sent.get(name):
                self.send_header(name, sent[name])
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
