// node-zookeeper-client, the client in JavaScript on npm, run by Node. The arguments are those of
// ../task.ts, the line it prints is ../meter.ts's.
const fs = require("node:fs");
const zookeeper = require("node-zookeeper-client");

const [, , server, operation, depth, size, seconds] = process.argv;
const path = `/bench/d${size}`;
const data = Buffer.alloc(Number(size));
const client = zookeeper.createClient(server, { sessionTimeout: 30000 });
const duration = 1000 * seconds;
const latencies = [];
let [done, running, over] = [0, Number(depth), false];
let [from, until, cpu, line] = [Infinity, Infinity, null, ""];

client.once("connected", () => {
  from = performance.now() + 0.75 * duration;
  for (let i = 0; i < Number(depth); i++) chain(i);
});
client.connect();

function chain(index) {
  const own = `/bench/w${index}`;
  const isTimed = index % 16 === 0;
  let start = performance.now();

  function submit() {
    switch (operation) {
      case "get":
        return client.getData(path, finished);
      case "set":
        return client.setData(path, data, -1, finished);
      case "create":
        return client.create(own, data, created);
      case "exists":
        return client.exists(path, watch, finished);
      case "multi":
        return multi().commit(finished);
      case "children":
        return client.getChildren("/bench/c1000", finished);
    }
  }

  function created(error) {
    if (error) return finished(error);
    client.remove(own, -1, finished);
  }

  function finished(error) {
    if (error) throw error;
    done++;
    if (isTimed && !over) start = lap(start);
    if (!over) submit();
    else if (--running === 0) end();
  }

  submit();
}

/** The library has no operations that could be used again. */
function multi() {
  const transaction = client.transaction();
  for (let i = 0; i < 10; i++) transaction.setData(path, data, -1);
  return transaction;
}

function watch() {}

function lap(start) {
  const now = performance.now();
  if (now >= until) {
    over = true;
    measure(now);
  } else if (until < Infinity) {
    latencies.push(1000 * (now - start));
  } else if (now >= from) {
    [from, until, cpu, done] = [now, now + duration, process.cpuUsage(), 0];
  }
  return now;
}

function measure(now) {
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  line = JSON.stringify({
    rate: done / (now - from) * 1000,
    cpu: (user + system) / done,
    p50: percentile(0.5),
    p99: percentile(0.99),
    rss: peakMegabytes(),
  });
}

/** What getrusage says begins with what the process that started this one had. */
function peakMegabytes() {
  try {
    const status = fs.readFileSync("/proc/self/status", "utf8");
    return /^VmHWM:\s*(\d+)/m.exec(status)[1] / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

function percentile(share) {
  if (latencies.length * (1 - share) < 1 - 1e-9) return null;
  return latencies[Math.ceil(share * latencies.length) - 1];
}

function end() {
  console.log(line);
  process.exit(0);
}
