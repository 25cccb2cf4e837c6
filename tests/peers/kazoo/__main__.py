"""What kazoo, the Python client, sees of a server: see program.ts for how it says so."""

import logging
import sys

import recipes
import service
import sessions
from peer import clients, connect, say

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)

zk = connect()
say("server", service.server(zk))
for scene in service.scenes + recipes.scenes + sessions.scenes:
    root = "/" + scene.__name__
    zk.create(root)
    say(scene.__name__, scene(zk, root))
for client in clients:
    client.stop()
    client.close()
