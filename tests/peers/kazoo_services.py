"""Reads the services below /services as a Python application would, and says what it finds."""

import json
import sys

from kazoo.client import KazooClient

client = KazooClient(sys.argv[-1])
client.start()
services = {}
for name in client.get_children("/services"):
    for leaf in client.get_children("/services/" + name):
        data, stat = client.get("/services/%s/%s" % (name, leaf))
        instance = json.loads(data.decode())
        services.setdefault(name, {})[instance["id"]] = [
            instance["address"], instance["port"], instance["payload"], instance["serviceType"],
            stat.ephemeralOwner != 0, stat.version, instance["registrationTimeUTC"] / 1000 <= stat.created + 60]
print(json.dumps(["services", services]))
client.stop()
