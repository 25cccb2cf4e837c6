/**
 * The search for a server that can write, while a session reads from one that cannot
 * (ClientCnxn.pingRwServer). C blocks for it, and crashes on what is pending when it has found one;
 * here it is a lookup and a question that process() looks after, and the move is a disconnect like
 * any other.
 *
 * Servers are asked `isro`, which those that may become read-only have on their whitelist. One that
 * has not is asked `srvr` instead, which is on every server's whitelist: its mode says it, too.
 */
import { Rc } from "../proto/constants.ts";
import { type Endpoint, WRITE } from "../types.ts";
import { wake } from "../wait.ts";
import type { Handle } from "./handle.ts";
import { serverName } from "./hosts.ts";
import { Lookup } from "./lookup.ts";
import { Question } from "./question.ts";
import { disconnect } from "./session.ts";
import { connectTime } from "./time.ts";

/** Takes the next steps if it is time. Returns 0, or the code with which the session moves. */
export function search(zh: Handle, now: number): number {
  const { search } = zh;
  if (search.lookup === null && search.question === null) {
    if (now < search.at) return 0;
    search.lookup = startLookup(zh, now);
  }
  if (search.lookup !== null) {
    if (!isOver(search.lookup, now)) return 0;
    search.lookup.cancel();
    search.round = behind(zh.connection!.endpoint, search.lookup.found.flat());
    search.lookup = null;
    askNext(zh, now);
  }
  while (search.question !== null && isOver(search.question, now)) {
    const { question } = search;
    question.cancel();
    search.question = null;
    const verdict = verdictOf(question);
    zh.logger.debug?.(`${serverName(question.endpoint)} can write: ${verdict}`, {
      word: question.word,
      answer: question.answer.slice(0, 80).trim(),
    });
    if (verdict === "yes") return move(zh, question.endpoint);
    if (verdict === "no") askNext(zh, now);
    else ask(zh, question.endpoint, "srvr", now);
  }
  return 0;
}

/** As for a round of dials; what cannot be resolved keeps its addresses. */
function startLookup(zh: Handle, now: number): Lookup {
  const deadline = now + connectTime(zh);
  return new Lookup(zh.platform, zh.servers.hosts, zh.found, deadline, () => wake(zh, WRITE));
}

function isOver(step: Lookup | Question, now: number): boolean {
  return step.done || now >= step.deadline;
}

/** All servers, the present one last: behind its address there may be others, too. */
function behind({ address, port }: Endpoint, found: readonly Endpoint[]): Endpoint[] {
  const at = found.findIndex((other) => other.address === address && other.port === port) + 1;
  return [...found.slice(at), ...found.slice(0, at)];
}

/** Asks the next server of the round; at its end there is a pause. */
function askNext(zh: Handle, now: number): void {
  const next = zh.search.round.shift();
  if (next === undefined) zh.search.pause(now, zh.platform.random());
  else ask(zh, next, "isro", now);
}

function ask(zh: Handle, endpoint: Endpoint, word: "isro" | "srvr", now: number): void {
  zh.search.question = new Question(
    zh.platform,
    endpoint,
    word,
    now + connectTime(zh),
    (answer) => whole[word].test(answer),
    () => wake(zh, WRITE),
  );
}

/** Neither word's answer need be followed by the end: it may be long in coming. */
const whole = { isro: /^(?:rw|ro|null)$/, srvr: /^Mode: \w.*\n/m };

/** Whether the answer says that the server can write; "unknown" has it asked otherwise. */
function verdictOf({ word, answer }: Question): "yes" | "no" | "unknown" {
  if (word === "srvr") {
    return /^Mode: (?:leader|follower|observer|standalone)$/m.test(answer) ? "yes" : "no";
  }
  if (answer === "rw") return "yes";
  // "null" is a server that does not serve at the moment.
  return answer === "" || answer === "ro" || answer === "null" ? "no" : "unknown";
}

/** What is pending completes as with any lost connection, and the server found is dialled next. */
function move(zh: Handle, endpoint: Endpoint): number {
  zh.servers.prefer(endpoint);
  const reason = `the session moves to ${serverName(endpoint)}, which can write`;
  return disconnect(zh, Rc.CONNECTIONLOSS, reason);
}
