import { ZooKeeper } from "@zkst/zookeeper";
const zk = new ZooKeeper(Deno.args[0] ?? "127.0.0.1:2181", { logger: console });
zk.getChildren("/").then(console.log).finally(() => zk.close());
while (!zk.closed) {
  const want = zk.interest();
  zk.process(await want.wait());
}
console.log(zk.state);
