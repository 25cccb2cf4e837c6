/** Which experiments there are, with how much of it they are made, and what their rows say. */

/** One experiment. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** The program in this directory; it gets the null server's HOST:PORT, then a step. */
  readonly program: string;
  /** Flags of Deno. */
  readonly flags: readonly string[];
  /** The arguments of each run, which makes a row. */
  readonly steps: readonly (readonly string[])[];
  readonly quickSteps: readonly (readonly string[])[];
  /** What the columns mean. */
  readonly note: string;
}

const withGC = ["--v8-flags=--expose-gc"];
/** Room for a million watches in the server's thread and in ours. */
const withRoom = ["--v8-flags=--expose-gc,--max-old-space-size=6000"];
/** Room for all that is allocated while it is counted, so that nothing is collected meanwhile. */
const withoutGC = ["--v8-flags=--expose-gc,--min-semi-space-size=256,--max-semi-space-size=256"];

const allocations = ["get", "set"].flatMap((operation) =>
  ["bare_promises", "promises", "bare_callbacks", "callbacks"].map((api) => [api, operation])
);

/** All experiments. */
export const experiments: readonly Experiment[] = [
  {
    name: "sessions",
    title: "Sessions in one loop (Poll)",
    program: "sessions.ts",
    flags: withGC,
    steps: [["1"], ["10"], ["100"], ["1000"]],
    quickSteps: [["1"], ["100"]],
    note:
      "one busy: getData at depth 1 in one session while the others are idle; its CPU must not\n" +
      "grow with their number. all busy: the same in each session at once.",
  },
  {
    name: "watches",
    title: "Watches",
    program: "watches.ts",
    flags: withRoom,
    steps: [["1000"], ["10000"], ["100000"], ["1000000"]],
    quickSteps: [["1000"], ["10000"]],
    note:
      "bytes each: on the client's heap, the path's string of about 20 bytes included. restore:\n" +
      "from the new connection to the first reply behind all watches. The server is a TestServer in\n" +
      "another thread, and most of the time is its own.",
  },
  {
    name: "outstanding",
    title: "Outstanding requests",
    program: "outstanding.ts",
    flags: withGC,
    steps: [["1000"], ["10000"], ["100000"]],
    quickSteps: [["1000"], ["10000"]],
    note:
      "submit: getData so many times in one go. bytes each: what a request takes while it waits,\n" +
      "its frame included. answered: until the last reply, per request.",
  },
  {
    name: "event",
    title: "One event to many watchers",
    program: "event.ts",
    flags: withGC,
    steps: [["1"], ["10"], ["100"], ["1000"], ["10000"], ["100000"]],
    quickSteps: [["1"], ["1000"]],
    note:
      "first to last: from the first watcher that is called to the last, the median of 100 events.",
  },
  {
    name: "allocation",
    title: "Bytes allocated per operation, depth 256, 100 bytes of data",
    program: "allocation.ts",
    flags: withoutGC,
    steps: allocations,
    quickSteps: allocations.slice(0, 4),
    note:
      "heap: JavaScript objects, garbage and what stays. buffers: bytes behind ArrayBuffers, which\n" +
      "lie outside the heap. A bare loop allocates what the caller gets and what Deno's sockets take.",
  },
  {
    name: "ping",
    title: "Bytes allocated per ping, by an idle session",
    program: "ping.ts",
    flags: withoutGC,
    steps: [["bare", "3"], ["session", "3"]],
    quickSteps: [["bare", "1"], ["session", "1"]],
    note:
      "All that an idle session does is counted: timer, write, read, and the loop's turns. bare: a loop\n" +
      "that sleeps, writes a ping, reads the answer, and so on.",
  },
  {
    name: "heap",
    title: "Heap after forced collection, depth 256",
    program: "heap.ts",
    flags: withGC,
    steps: [["promises", "1000000", "10000000"], ["callbacks", "1000000", "10000000"]],
    quickSteps: [["promises", "100000", "1000000"], ["callbacks", "100000", "1000000"]],
    note:
      "MB on the heap and in buffers outside it. It must not grow, or something is kept of each\n" +
      "operation.",
  },
];
