// grpc-js, run by Node: PORT DEPTH SECONDS, the line it prints is ../../meter.ts's. Each call has a
// deadline and metadata.
const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [, , port, depth, seconds] = process.argv;
const definition = loader.loadSync(`${__dirname}/echo.proto`, { keepCase: true });
const { UserServiceRpc } = grpc.loadPackageDefinition(definition).echo;
const client = new UserServiceRpc(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const request = { name: Buffer.from("zhang san"), pwd: Buffer.from("123456") };
const metadata = new grpc.Metadata();
metadata.set("x-trace-id", "0af7651916cd43dd8448eb211c80319c");
const duration = 1000 * seconds;
const latencies = [];
let [done, running, over] = [0, Number(depth), false];
let [from, until, cpu, line] = [performance.now() + 0.75 * duration, Infinity, null, ""];

for (let i = 0; i < Number(depth); i++) chain(i);

function chain(index) {
  const isTimed = index % 16 === 0;
  let start = performance.now();

  function submit() {
    client.Login(request, metadata, { deadline: Date.now() + 5000 }, finished);
  }

  function finished(error, { success } = {}) {
    if (error || !success) throw error ?? new Error("A call has failed");
    done++;
    if (isTimed) start = lap(start);
    if (!over) submit();
    else if (--running === 0) end();
  }

  submit();
}

function lap(start) {
  const now = performance.now();
  if (now >= until) finish(now);
  else if (until < Infinity) latencies.push(1000 * (now - start));
  else if (now >= from) {
    [from, until, cpu, done] = [now, now + duration, process.cpuUsage(), 0];
  }
  return now;
}

function finish(now) {
  if (over) return;
  over = true;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = latencies.sort((a, b) => a - b);
  line = JSON.stringify({
    rate: done / (now - from) * 1000,
    cpu: (user + system) / done,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    rss: peakMegabytes(),
  });
}

function end() {
  console.log(line);
  client.close();
}

function percentile(sorted, share) {
  if (sorted.length * (1 - share) < 1 - 1e-9) return null;
  return sorted[Math.ceil(share * sorted.length) - 1];
}

function peakMegabytes() {
  const status = fs.readFileSync("/proc/self/status", "utf8");
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)[1]) / 1024;
}
