"""A program that does what ours do at the least: `python -m tests.deploy.tiny [stubborn] [parent] [broken]`.

It answers every GET with its environment, and with 200; `stubborn` ignores SIGTERM, `parent` has a child of
its own, `broken` ends at once.
"""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())


def main(manners: list[str]) -> None:
    if "broken" in manners:
        sys.exit("nothing works here")
    if "stubborn" in manners:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "parent" in manners:
        child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        os.environ["CHILD"] = str(child.pid)
    HTTPServer(("127.0.0.1", int(os.environ["YIMA_PORT"])), _Answers).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
