import { install, isThere, runs, testPeer } from "./peer.ts";
import { Program } from "./program.ts";

const script = "/usr/share/zookeeper/bin/zkCli.sh";

/** What is typed, and printed, before the connection is cut. */
const before = `
> ls /
[zookeeper]
> create /a data
Created /a
> create /a again
Node already exists: /a
> create /none/a
Node does not exist: /none/a
> get -s /a
data
cversion = 0
dataVersion = 0
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 4
numChildren = 0
> create -s /a/s-
Created /a/s-0000000000
> create -s /a/s-
Created /a/s-0000000001
> create -e /a/e mine
Created /a/e
> create /a/e/child
Ephemerals cannot have children: /a/e/child
> create -c /a/c
Created /a/c
> create -t 100000 /a/t
Created /a/t
> create -s -e /a/se-
Created /a/se-0000000005
> ls /a
[c, e, s-0000000000, s-0000000001, se-0000000005, t]
> ls -s /a
[c, e, s-0000000000, s-0000000001, se-0000000005, t]
cversion = 6
dataVersion = 0
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 4
numChildren = 6
> ls -R /a
/a
/a/c
/a/e
/a/s-0000000000
/a/s-0000000001
/a/se-0000000005
/a/t
> set -s -v 0 /a second
cversion = 6
dataVersion = 1
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 6
numChildren = 6
> set -v 0 /a third
version No is not valid : /a
> set /none x
Node does not exist: /none
> get /a
second
> get /none
Node does not exist: /none
> stat /a/e
cversion = 0
dataVersion = 0
aclVersion = 0
ephemeralOwner = a session
dataLength = 4
numChildren = 0
> stat /none
Node does not exist: /none
> delete -v 3 /a
version No is not valid : /a
> delete /a
Node not empty: /a
> delete /none
Node does not exist: /none
> getAllChildrenNumber /a
6
> getEphemerals /a
[/a/e, /a/se-0000000005]
> getEphemerals
[/a/e, /a/se-0000000005]
> sync /a
Sync is OK
> getAcl -s /a
'world,'anyone
: cdrwa
cversion = 6
dataVersion = 1
aclVersion = 0
ephemeralOwner = 0x0
dataLength = 6
numChildren = 6
> whoami
Auth scheme: User
ip: 127.0.0.1
> addauth digest me:secret
> create /mine data auth::cdrwa
Created /mine
> getAcl /mine
'digest,'me:016djjlksVQS5RgX3M7biBGyYwY=
: cdrwa
> setAcl -s /mine world:anyone:r
cversion = 0
dataVersion = 0
aclVersion = 1
ephemeralOwner = 0x0
dataLength = 4
numChildren = 0
> getAcl -s /mine
'world,'anyone
: r
cversion = 0
dataVersion = 0
aclVersion = 1
ephemeralOwner = 0x0
dataLength = 4
numChildren = 0
> set /mine x
Insufficient permission : /mine
> setAcl /mine nothing:me:r
Acl is not valid : /mine
> config
> reconfig -remove 2
KeeperErrorCode = Reconfig is disabled
> setquota -n 3 /a/c
> create /a/c/child 12345
Created /a/c/child
> listquota /a/c
absolute path is /zookeeper/quota/a/c/zookeeper_limits
Output quota for /a/c count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=-1
Output stat for /a/c count=2,bytes=5
> set /a/c/child 123
> create /a/c/other 4567
Created /a/c/other
> delete /a/c/other
> listquota /a/c
absolute path is /zookeeper/quota/a/c/zookeeper_limits
Output quota for /a/c count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=-1
Output stat for /a/c count=2,bytes=3
> listquota /a
absolute path is /zookeeper/quota/a/zookeeper_limits
quota for /a does not exist.
> delquota /a/c
> listquota /a/c
absolute path is /zookeeper/quota/a/c/zookeeper_limits
quota for /a/c does not exist.
> get -w /a
second
> ls -w /a
[c, e, s-0000000000, s-0000000001, se-0000000005, t]
> stat -w /a/x
Node does not exist: /a/x
> set /a fourth
> create /a/x
Created /a/x
> addWatch /a/c
> addWatch -m PERSISTENT /a/x
> set /a/x 1
> set /a/c/child 2
> delete /a/x
> removewatches /a/c
> removewatches /none
KeeperErrorCode = No such watcher for /none
> set /a/c/child 3
> deleteall /a/c
> get -w /a/e
mine
`;

/** And what once it is connected again. */
const after = `
> stat /a/e
cversion = 0
dataVersion = 0
aclVersion = 0
ephemeralOwner = a session
dataLength = 4
numChildren = 0
> set /a/e again
> ls /a
[e, s-0000000000, s-0000000001, se-0000000005, t]
> deleteall /a
> ls /
[mine, zookeeper]
`;

/** Events come when they like, and so stand apart. */
const events = [
  "state:SyncConnected type:None path:null",
  "state:SyncConnected type:NodeDataChanged path:/a",
  "state:SyncConnected type:NodeCreated path:/a/x",
  "state:SyncConnected type:NodeChildrenChanged path:/a",
  "state:SyncConnected type:NodeDataChanged path:/a/x",
  "state:SyncConnected type:NodeDataChanged path:/a/c/child",
  "state:SyncConnected type:NodeDeleted path:/a/x",
  "state:SyncConnected type:PersistentWatchRemoved path:/a/c",
  "state:Disconnected type:None path:null",
  "state:SyncConnected type:None path:null",
  "state:SyncConnected type:NodeDataChanged path:/a/e",
];

/** A command that prints this line and nothing else, and so ends what the one before it printed. */
const [marker, marked] = ["printwatches", "printwatches is on"];

testPeer({
  name: "zkCli.sh",
  missing: isThere(script) && runs("java", "-version") ? null : install("zookeeper"),
  // What fails is told on its other output.
  command: () => ["sh", "-c", 'exec "$0" -server "$1" 2>&1', script],
  async play(command, server) {
    await using cli = new Cli([...command, server.address]);
    // After whatever it prints when it starts.
    await cli.type("> printwatches on");
    const seen = { before: lines(await cli.type(before)), after: [""], events: cli.events };
    await cli.until(events.indexOf("state:Disconnected type:None path:null"));
    await server.faults.drop!();
    await cli.until(events.lastIndexOf("state:SyncConnected type:None path:null") + 1);
    seen.after = lines(await cli.type(after));
    await cli.until(events.length);
    await cli.quit();
    return seen;
  },
  expected: { before: lines(before), after: lines(after), events },
});

function lines(text: string): string[] {
  return text.split("\n");
}

/** Types, and reads what is printed. */
class Cli extends Program {
  readonly events: string[] = [];
  readonly #lines = this.lines();

  /** Types what the text says was typed. Returns it with what is printed now. */
  async type(text: string): Promise<string> {
    let printed = "\n";
    for (const [typed, command] of text.matchAll(/^> (.*)$/gm)) {
      printed += `${typed}\n`;
      await this.say(`${command}\n${marker}`);
      for (let line; (line = await this.#line()) !== marked;) printed += lasting(line);
    }
    return printed;
  }

  /** Waits until there have been so many events. */
  async until(count: number): Promise<void> {
    while (this.events.length < count) await this.#line();
  }

  /** Waits for its end. */
  async quit(): Promise<void> {
    await this.say("quit");
    for await (const _ of this.#lines);
    await this.ended();
  }

  /** The next line of an answer. Events come in between whenever they like. */
  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.ended();
      throw new Error("It ended too early");
    }
    const event = /^WatchedEvent (.*)/.exec(value);
    if (event) this.events.push(event[1]!);
    return event || value === "WATCHER::" ? "" : value;
  }
}

/** What is the same each time of a line: no times, no zxids, no session's id, no order of a hash. */
function lasting(line: string): string {
  if (/^$|^SLF4J: |^([cmp]Zxid|[cm]time) = /.test(line)) return "";
  const list = /^\[(.*)\]$/.exec(line);
  if (list) return `[${list[1]!.split(", ").sort().join(", ")}]\n`;
  return `${line.replace(/^ephemeralOwner = 0x1\w+/, "ephemeralOwner = a session")}\n`;
}
