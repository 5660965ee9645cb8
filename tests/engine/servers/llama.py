"""llama.cpp's own HTTP server in a process of its own: `python llama.py FILE KEY` prints its address and serves until stdin ends."""

from __future__ import annotations

import sys

import xllamacpp


def main(path: str, key: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = 4096
    params.n_parallel = 2
    params.use_jinja = True
    params.ui = False
    params.verbosity = -1
    params.special = True  # so that think tags of the kind "control" are written; `--special` of llama-server
    params.api_keys = [key]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
