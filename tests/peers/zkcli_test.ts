import { install, runs, testPeer } from "./peer.ts";
import { Program } from "./program.ts";
import type { Shown } from "./servers.ts";

const script = "/usr/share/zookeeper/bin/zkCli.sh";

/** What is typed, until the connection is cut. Events come last: `close` ends them. */
const before = `
ls /
create /a data
create /a again
create /none/a
get -s /a
create -s /a/s-
create -s /a/s-
create -e /a/e mine
create /a/e/child
create -c /a/c
create -t 100000 /a/t
create -s -e /a/se-
ls /a
ls -s /a
ls -R /a
set -s -v 0 /a second
set -v 0 /a third
set /none x
get /a
get /none
stat /a/e
stat /none
delete -v 3 /a
delete /a
delete /none
getAllChildrenNumber /a
getEphemerals /a
getEphemerals
sync /a
getAcl -s /a
addauth digest me:secret
create /mine data auth::cdrwa
getAcl /mine
setAcl -s /mine world:anyone:r
getAcl -s /mine
set /mine x
setAcl /mine nothing:me:r
whoami
config
reconfig -remove 2
setquota -n 3 /a/c
create /a/c/child 12345
listquota /a/c
listquota /a
delquota /a/c
listquota /a/c
get -w /a
ls -w /a
stat -w /a/x
set /a fourth
create /a/x
addWatch /a/c
addWatch -m PERSISTENT /a/x
set /a/x 1
set /a/c/child 2
delete /a/x
removewatches /a/c
removewatches /none
set /a/c/child 3
deleteall /a/c
get -w /a/e
`;

/** What is typed once it is connected again. */
const after = `
stat /a/e
set /a/e again
ls /a
deleteall /a
ls /
`;

/** Each line that was typed, with what was printed before the next; and all events. */
type Printed = Record<string, string[]>;

/** A command that prints this line and nothing else, and so ends what the one before it printed. */
const [marker, marked] = ["printwatches", "printwatches is on"];

testPeer({
  name: "zkCli.sh",
  missing: runs("test", "-x", script) ? null : install("zookeeper"),
  // What fails is told on its other output.
  command: () => ["sh", "-c", 'exec "$0" -server "$1" 2>&1', script],
  play: async (command, server) => {
    await using cli = new Cli([...command, server.address]);
    await cli.events(1);
    // Whatever it prints at its start.
    await cli.type("printwatches on");
    await cli.type(before);
    await cli.events(eventsBefore);
    server.drop();
    await cli.events(eventsBefore + 2);
    await cli.type(after);
    await cli.events(eventsBefore + 2 + eventsAfter);
    await cli.quit();
    return cli.printed;
  },
  expected: {},
});

/** Types, and reads what is printed. */
class Cli extends Program {
  readonly printed: Printed = { events: [] };
  readonly #lines = this.lines();

  /** Types lines, and waits for their answers. */
  async type(text: string): Promise<void> {
    for (const line of text.trim().split("\n")) {
      await this.say(`${line}\n${marker}`);
      const answer: string[] = [];
      for (let read; (read = await this.#line()) !== marked;) answer.push(...lasting(read));
      this.printed[line] = answer;
    }
  }

  /** Waits until there have been so many events. */
  async events(count: number): Promise<void> {
    while (this.printed.events!.length < count) await this.#line();
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
    if (event) this.printed.events!.push(event[1]!);
    return event || value === "WATCHER::" ? "" : value;
  }
}

/** What is the same each time of a line: no times, no zxids, no session's id, no order of a hash. */
function lasting(line: string): string[] {
  if (/^$|^([cmp]Zxid|[cm]time) = /.test(line)) return [];
  const list = /^\[(.*)\]$/.exec(line);
  if (list) return [`[${list[1]!.split(", ").sort().join(", ")}]`];
  return [line.replace(/^ephemeralOwner = 0x1\w+/, "ephemeralOwner = a session")];
}
