#!/usr/bin/env python3
"""A device's HTTP server for notifications: listener.py FOLDER

Prints "port N", keeps each request as FOLDER/notification.1, .2 and so on, and
answers it as oneM2M wants it: 200 with X-M2M-RSC 2000 and the request's id.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        self.send_response(200)
        self.send_header("X-M2M-RSC", "2000")
        self.send_header("X-M2M-RI", self.headers.get("X-M2M-RI", ""))
        self.send_header("X-M2M-RVI", self.headers.get("X-M2M-RVI", "3"))
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.keep(f"{self.requestline}\n{self.headers}{body}")

    def keep(self, text):
        """Under its final name a file is always whole."""
        Listener.count += 1
        name = os.path.join(sys.argv[1], f"notification.{Listener.count}")
        with open(name + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(name + ".part", name)

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Listener)
print(f"port {server.server_port}", flush=True)
server.serve_forever()
