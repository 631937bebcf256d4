#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a sealed object without any of our programs (docs/recording-format.md, "Sealed objects"):

    decrypt.py MASTER_KEY_FILE MASTER_ID WRAPPED <object >file        MASTER_ID, WRAPPED: columns master and wrapped of the catalog's table keys
"""
import base64
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK, HEAD, NONCE = 65564, 32, 12


def data_key(path, master, key_id, wrapped):
    lines = [line.strip().split(":", 1) for line in open(path) if line.strip() and not line.startswith("#")]
    raw = base64.b64decode(wrapped)
    return AESGCM(base64.b64decode(dict(lines)[master])).decrypt(raw[:NONCE], raw[NONCE:], f"recroom-key-1 {master} {key_id}".encode())


def main():
    source, out = sys.stdin.buffer, sys.stdout.buffer
    number, block = 0, source.read(BLOCK)
    head = block[:HEAD]
    assert head[:8] == b"RECSEAL1", "not a sealed object"
    aead = AESGCM(data_key(sys.argv[1], sys.argv[2], head[8:24].hex(), sys.argv[3]))
    while True:
        last = len(block) < BLOCK
        sealed = block[HEAD:] if number == 0 else block
        out.write(aead.decrypt(sealed[:NONCE], sealed[NONCE:], head + number.to_bytes(8, "big") + bytes([last])))
        if last:
            return
        number, block = number + 1, source.read(BLOCK)


main()
