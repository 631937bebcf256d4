# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy between a worker and an S3 server that does to requests what networks and stores do. Standard library only.

    client ─▶ Proxy ─▶ decide(request) ─┬─ None: passed on
                                        └─ a name of FAULTS: refused, cut, answered wrongly

Every request is counted in `log`: (method, path with query, what was done, status of the answer from behind or 0).
"""
import os
import re
import socket
import struct
import threading
import time

PIECE = 256 * 1024
ERROR = b'<?xml version="1.0"?><Error><Code>%s</Code><Message>said the proxy</Message></Error>'


class Request:
    def __init__(self, conn):
        head = b''
        while b'\r\n\r\n' not in head:
            got = conn.recv(65536)
            if not got:
                raise EOFError
            head += got
        head, self.rest = head.split(b'\r\n\r\n', 1)
        lines = head.decode('latin-1').split('\r\n')
        self.method, self.path, _ = lines[0].split(' ', 2)
        self.headers = [tuple(line.split(': ', 1)) for line in lines[1:] if ': ' in line]
        self.length = int(dict((k.lower(), v) for k, v in self.headers).get('content-length', 0))
        self.conn = conn

    def body(self):
        """Its bytes in pieces, each once."""
        left = self.length
        while left:
            piece = self.rest[:left] or self.conn.recv(min(PIECE, left))
            if not piece:
                raise EOFError
            self.rest = self.rest[len(piece):]
            left -= len(piece)
            yield piece


class Answer:
    def __init__(self, conn, is_head):
        data = b''
        while b'\r\n\r\n' not in data:
            got = conn.recv(65536)
            if not got:
                raise EOFError
            data += got
        self.head, self.body = data.split(b'\r\n\r\n', 1)
        self.status = int(self.head.split(b' ', 2)[1])
        found = re.search(rb'(?im)^content-length: *(\d+)', self.head)
        length = int(found.group(1)) if found and not is_head else None
        while not is_head and (length is None or len(self.body) < length):
            got = conn.recv(PIECE)
            if not got:
                break
            self.body += got
        if re.search(rb'(?im)^transfer-encoding: *chunked', self.head):
            self.body = unchunked(self.body)

    def bytes(self, is_head):
        lines = [line for line in self.head.split(b'\r\n') if not re.match(rb'(?i)(connection|transfer-encoding):', line)]
        if not is_head and not any(re.match(rb'(?i)content-length:', line) for line in lines):
            lines.append(b'Content-Length: %d' % len(self.body))
        return b'\r\n'.join(lines) + b'\r\n\r\n' + (b'' if is_head else self.body)


def unchunked(data):
    out = b''
    while True:
        size, data = data.split(b'\r\n', 1)
        if not int(size, 16):
            return out
        out, data = out + data[:int(size, 16)], data[int(size, 16) + 2:]


def drop(conn):
    """A reset, not an end."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    conn.close()
    raise ConnectionError


class Proxy:
    def __init__(self, host, port, decide, delay_s=0.0):
        self.upstream, self.decide, self.delay_s = (host, port), decide, delay_s
        self.log, self.lock, self.ending = [], threading.Lock(), threading.Event()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                self.one(conn, Request(conn))
        except (OSError, EOFError):
            pass
        finally:
            conn.close()

    def note(self, rq, what, status):
        with self.lock:
            self.log.append((rq.method, rq.path, what, status))

    def one(self, conn, rq):
        with self.lock:
            fault = self.decide(rq)
        if fault:
            self.note(rq, fault, 0)
            FAULTS[fault](self, conn, rq)
            return
        if self.delay_s:
            time.sleep(self.delay_s)
        answer = self.ask(rq, rq.body())
        self.note(rq, '', answer.status)
        conn.sendall(answer.bytes(rq.method == 'HEAD'))

    def ask(self, rq, body):
        with socket.create_connection(self.upstream) as up:
            up.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lines = ['%s %s HTTP/1.1' % (rq.method, rq.path)] + ['%s: %s' % h for h in rq.headers if h[0].lower() != 'connection'] + ['Connection: close']
            up.sendall('\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n')
            for piece in body:
                up.sendall(piece)
            return Answer(up, rq.method == 'HEAD')

    # ---- what goes wrong ----

    def refused(self, conn, rq):
        drop(conn)

    def reset(self, conn, rq):
        """In mid-body; of a request without one, in the middle of the answer."""
        if rq.length:
            got = 0
            for piece in rq.body():
                got += len(piece)
                if got >= rq.length // 2:
                    break
            drop(conn)
        conn.sendall(self.ask(rq, rq.body()).bytes(rq.method == 'HEAD')[:20])
        drop(conn)

    def say(self, conn, rq, status, code, more=b''):
        for _ in rq.body():
            pass
        text = b'' if rq.method == 'HEAD' else ERROR % code
        conn.sendall(b'HTTP/1.1 %s\r\nContent-Type: application/xml\r\n%sContent-Length: %d\r\n\r\n%s' % (status, more, len(text), text))

    def error_500(self, conn, rq):
        self.say(conn, rq, b'500 Internal Server Error', b'InternalError')

    def slow_down(self, conn, rq):
        self.say(conn, rq, b'503 Slow Down', b'SlowDown')

    def denied(self, conn, rq):
        self.say(conn, rq, b'403 Forbidden', b'AccessDenied')

    def not_found(self, conn, rq):
        self.say(conn, rq, b'404 Not Found', b'NoSuchUpload' if 'uploadId' in rq.path else b'NoSuchKey')

    def timeout(self, conn, rq):
        self.ending.wait(300)
        drop(conn)

    def truncated(self, conn, rq):
        """It was done, and of the answer only the beginning comes."""
        data = self.ask(rq, rq.body()).bytes(rq.method == 'HEAD')
        conn.sendall(data[:max(12, len(data) // 2)])
        drop(conn)

    def error_200(self, conn, rq):
        self.say(conn, rq, b'200 OK', b'InternalError')

    def wrong_checksum(self, conn, rq):
        """A byte of what is sent is another on its way; of a request without a body, the etag of the answer."""
        if rq.length:
            answer = self.ask(rq, self.flipped(rq))
        else:
            answer = self.ask(rq, rq.body())
            answer.head = re.sub(rb'(?im)^(etag: *"?)[0-9a-f]{4}', rb'\g<1>beef', answer.head)
        conn.sendall(answer.bytes(rq.method == 'HEAD'))

    @staticmethod
    def flipped(rq):
        first = True
        for piece in rq.body():
            yield bytes([piece[0] ^ 1]) + piece[1:] if first else piece
            first = False


FAULTS = {name: getattr(Proxy, name) for name in ('refused', 'reset', 'error_500', 'slow_down', 'denied', 'not_found', 'timeout', 'truncated', 'error_200',
                                                  'wrong_checksum')}
FULL = bool(os.environ.get('RECROOM_FULL'))
