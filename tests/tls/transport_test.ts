/*
 * The transport under TLS by itself, between our own two ends: what a Transport promises, what each
 * failure says, and what no option gets away with.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { deadline } from "@std/async";
import {
  acceptTls,
  type Connect,
  connectTls,
  type Endpoint,
  type TlsOptions,
  type TlsServerOptions,
  type TlsServerSource,
  type TlsSource,
  type TlsTransport,
  ZooKeeper,
} from "@zkst/zookeeper";
import { checkOnce } from "../../src/tls/credentials.ts";
import { Authority, type Credentials } from "../../tools/certificates.ts";
import { accept, Listener } from "./listener.ts";
import { authority, hosts, stranger, trusting } from "./scene.ts";

const served: Credentials = await authority.issue("server", { hosts });
const alice: Credentials = await authority.issue("alice");
const mallory: Credentials = await stranger.issue("mallory");

const soon = () => AbortSignal.timeout(5000);

function endpoint({ port }: { port: number }, host = "localhost"): Endpoint {
  return { host, address: "127.0.0.1", port };
}

/** Both ends of a connection. */
async function pair(
  server: Partial<TlsServerOptions> = {},
  client: TlsOptions = trusting,
  host?: string,
): Promise<{ client: TlsTransport; server: TlsTransport } & Disposable> {
  using listener = new Listener();
  const accepting = accept(listener, { ...served, ...server });
  const ends = {
    client: await connectTls(endpoint(listener, host), client, soon()),
    server: await accepting,
  };
  const close = () => {
    ends.client.close();
    ends.server.close();
  };
  return { ...ends, [Symbol.dispose]: close };
}

async function readAll(transport: TlsTransport, size = 1 << 16): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(size);
  for (let n; (n = await transport.read(buffer)) !== null;) chunks.push(buffer.slice(0, n));
  return await new Blob(chunks).bytes();
}

async function writeAll(transport: TlsTransport, bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) bytes = bytes.subarray(await transport.write(bytes));
}

const text = (value: string) => new TextEncoder().encode(value);

Deno.test("a transport under TLS carries bytes both ways, whole, and says where they end", async () => {
  using ends = await pair();
  const bytes = new Uint8Array(3_000_000).map((_, i) => i * 7 + (i >> 8));
  const writing = writeAll(ends.server, bytes).then(() => ends.server.close());
  assertEquals(await digest(await readAll(ends.client, 10_007)), await digest(bytes));
  await writing;
  assertEquals(await ends.client.read(new Uint8Array(1)), null, "The end stays the end");
});

Deno.test("a connection below that gives and takes bytes one by one is as good", async () => {
  using listener = new Listener();
  const accepting = accept(listener, served);
  const connect: Connect = async ({ address, port }) => {
    const conn = await Deno.connect({ hostname: address, port });
    return {
      read: (p) => conn.read(p.subarray(0, 1)),
      write: (p) => conn.write(p.subarray(0, 7)),
      close: () => conn.close(),
    };
  };
  const client = await connectTls(endpoint(listener), trusting, soon(), once(connect));
  const server = await accepting;
  const bytes = crypto.getRandomValues(new Uint8Array(5000));
  const writing = [client, server].map((end) => writeAll(end, bytes));
  for (const end of [server, client]) {
    const got = new Uint8Array(bytes.length);
    for (let at = 0; at < got.length;) at += (await end.read(got.subarray(at)))!;
    assertEquals(got, bytes);
  }
  await Promise.all(writing);
  client.close();
  assertEquals(await server.read(new Uint8Array(1)), null);
  server.close();
});

/** Closes each connection once, however often it is asked to. */
function once(connect: Connect): Connect {
  return async (endpoint, signal) => {
    const transport = await connect(endpoint, signal);
    let closed = false;
    const close = () => {
      if (!closed) transport.close();
      closed = true;
    };
    return { ...transport, close };
  };
}

Deno.test("a read takes as much as there is room for; what is left waits for the next one", async () => {
  using ends = await pair();
  await ends.server.write(text("abcde"));
  const three = new Uint8Array(3);
  assertEquals(await ends.client.read(three), 3);
  assertEquals(await ends.client.read(new Uint8Array(0)), 0);
  assertEquals(await ends.client.read(three), 2);
  assertEquals(new TextDecoder().decode(three), "dec");
});

Deno.test("close() rejects the read that is pending, and there is one read at a time", async () => {
  using ends = await pair();
  const reading = ends.client.read(new Uint8Array(1));
  await assertRejects(() => ends.client.read(new Uint8Array(1)), TypeError, "under way already");
  ends.client.close();
  ends.client.close();
  const error = await assertRejects(() => reading, Error, "has been closed");
  assertEquals(error.name, "Interrupted");
  await assertRejects(() => ends.client.read(new Uint8Array(1)), Error, "has been closed");
  await assertRejects(() => ends.client.write(text("x")), Error, "has been closed");
  assertEquals(await ends.server.read(new Uint8Array(1)), null, "The peer sees the end");
});

Deno.test("a connection that is cut off is at no end, for anyone on the way can do that", async () => {
  using listener = new Listener();
  const accepting = listener.accept();
  const connecting = connectTls(endpoint(listener), trusting, soon());
  const below = await accepting;
  const server = await acceptTls(below, served, soon());
  const client = await connecting;
  await server.write(text("half"));
  assertEquals(await client.read(new Uint8Array(10)), 4);
  below.close();
  const reading = () => client.read(new Uint8Array(10));
  const error = await assertRejects(reading, Error, "cut the connection off without ending TLS");
  assertEquals(error.name, "UnexpectedEof");
  client.close();
  server.close();
});

Deno.test("a peer that does not read holds the writer back, and a close ends its write", async () => {
  using ends = await pair();
  const first = await fill(ends.server);
  // What was written is all there once it is read.
  const total = first.written + megabyte.length;
  const buffer = new Uint8Array(1 << 16);
  for (let read = 0; read < total;) read += (await ends.client.read(buffer))!;
  assertEquals(await first.writing, megabyte.length);

  const { writing } = await fill(ends.server);
  ends.server.close();
  await assertRejects(() => writing, Error, "has been closed");
});

const megabyte = new Uint8Array(1 << 20);

/** Writes until it is held back. */
async function fill(
  transport: TlsTransport,
): Promise<{ written: number; writing: Promise<number> }> {
  for (let written = 0;;) {
    const writing = transport.write(megabyte);
    const count = await deadline(writing, 500).catch(() => null);
    if (count === null) return { written, writing };
    written += count;
    assert(written < 64 << 20, "The writer is held back");
  }
}

Deno.test("an aborted signal ends an attempt, in the handshake and before it", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  const accepted = silent.accept();
  const reason = new Error("Enough");
  const never = () => new Promise<TlsOptions>(() => {});
  const attempts = [trusting, never].map((source) => {
    const controller = new AbortController();
    return [controller, connectTls(endpoint({ port }), source, controller.signal)] as const;
  });
  using conn = await accepted;
  assertEquals(await conn.read(new Uint8Array(1)), 1, "A hello has come");
  for (const [controller, attempt] of attempts) {
    controller.abort(reason);
    assertEquals(await deadline(attempt, 4000).catch((error) => error), reason);
  }
  const aborted = AbortSignal.abort(reason);
  await assertRejects(() => connectTls(endpoint({ port }), trusting, aborted), Error, "Enough");
});

/** Why a connection cannot be had, or is lost at once; and what the server makes of it. */
async function failing(
  server: TlsServerSource,
  client: TlsSource,
  host?: string,
): Promise<[client: string, server: string]> {
  using listener = new Listener();
  const accepting = accept(listener, server).then(
    (transport) =>
      transport.read(new Uint8Array(1)).then((n) => `read ${n}`, ({ message }) => message)
        .finally(() => transport.close()),
    ({ message }) => message,
  );
  const said = connectTls(endpoint(listener, host), client, soon()).then(
    (transport) =>
      transport.read(new Uint8Array(1)).then((n) => `read ${n}`, ({ message }) => message)
        .finally(() => transport.close()),
    ({ message }) => message,
  );
  const told = await deadline(accepting, 10_000);
  // The client may come again, to look at a certificate that it has not accepted.
  const again = serveOn(listener, server);
  const reason = await deadline(said, 10_000);
  listener[Symbol.dispose]();
  await again;
  return [reason, told];
}

async function serveOn(listener: Listener, server: TlsServerSource): Promise<void> {
  const closed = () => {};
  for (let transport; (transport = await listener.accept().catch(closed)) !== undefined;) {
    await acceptTls(transport, server, soon()).then((secure) => secure.close(), closed);
  }
}

Deno.test("each failure of a handshake has words of its own, at both ends", async () => {
  const day = 86_400_000;
  const at = (days: number) => new Date(Date.now() + days * day);
  const expired = await authority.issue("server", { hosts, from: at(-9), to: at(-1) });
  const early = await authority.issue("server", { hosts, from: at(1), to: at(9) });
  const refusedOurs = "The client refused our certificate";
  const mutual = { ...served, caCerts: authority.cert, requireClientCert: true };
  const rows: [TlsServerSource, TlsSource, client: string, server: string][] = [
    [expired, trusting, "The server's certificate has expired, on ", refusedOurs],
    [early, trusting, "The server's certificate is not valid before ", refusedOurs],
    [mallory, trusting, 'by no authority that is trusted, but by "CN=Stranger CA"', refusedOurs],
    [mutual, trusting, "The server demands a certificate (alert", "The client has no certificate"],
    [
      mutual,
      { ...trusting, ...mallory },
      "it may refuse our certificate",
      "The client's certificate is signed by no authority",
    ],
    [
      served,
      { ...trusting, serverName: "a.example.org" },
      'is not for "a.example.org": it is',
      "it may refuse our certificate",
    ],
  ];
  for (const [server, client, clientSays, serverSays] of rows) {
    const [theirs, ours] = await failing(server, client);
    assertStringIncludes(theirs, clientSays);
    assertStringIncludes(ours, serverSays);
  }
});

/** DER, but no certificate: a sequence of the number 5. */
const junk = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";

Deno.test("a certificate that cannot be taken apart costs the connection, whoever has it", async () => {
  const mutual = { ...served, caCerts: authority.cert, requireClientCert: true };
  const [peers, ours] = [
    "The peer has sent what TLS cannot read",
    " cannot be read: its PEM is malf",
  ];
  const rows: [TlsServerSource, TlsSource, client: string, server: string][] = [
    [{ ...served, cert: served.cert + junk }, trusting, peers, `"tls.cert"${ours}`],
    // A server sends those that it trusts, too.
    [{ ...mutual, caCerts: [authority.cert, junk] }, trusting, peers, `"tls.caCerts"${ours}`],
    [mutual, { ...trusting, ...alice, cert: alice.cert + junk }, "", peers],
    [served, { caCerts: [authority.cert, junk] }, `"tls.caCerts"${ours}`, "The client closed"],
    [served, { caCerts: junk }, `"tls.caCerts"${ours}`, "The client refused our certificate"],
    [{ ...served, key: alice.key }, trusting, "", '"tls.key" is not the key of the certificate'],
  ];
  for (const [server, client, clientSays, serverSays] of rows) {
    const [theirs, ours] = await failing(server, client);
    assertStringIncludes(theirs, clientSays);
    assertStringIncludes(ours, serverSays);
  }
});

Deno.test("who knocks and fails has a server's certificates read once, not each time", async () => {
  const options = { ...served, caCerts: authority.cert };
  using listener = new Listener();
  const knock = async () => {
    const accepting = accept(listener, options).then(() => "", ({ message }) => message);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
    await conn.write(text("GET / HTTP/1.1\r\n\r\n"));
    return await accepting;
  };
  assertEquals(await knock(), "The client does not speak TLS");
  // Were they read again, it would say what is wrong.
  options.caCerts = authority.cert + junk;
  assertEquals(await knock(), "The client does not speak TLS");
  options.caCerts = authority.cert;
  await assertRejects(() => checkOnce({ ...options, caCerts: junk }), TypeError, "tls.caCerts");
});

Deno.test("the certificate must be for the name, or the address, that is written", async () => {
  const [byName, byAddress, byIPv6] = await Promise.all([
    authority.issue("server", { hosts: ["localhost"] }),
    authority.issue("server", { hosts: ["127.0.0.1"] }),
    authority.issue("server", { hosts: ["::1", "fe80::1:2"] }),
  ]);
  const [client] = await failing(byName, trusting, "127.0.0.1");
  assertStringIncludes(client, 'is not for "127.0.0.1": it is for DNS:localhost');
  assertStringIncludes(
    (await failing(byAddress, trusting))[0],
    'is not for "localhost": it is for IP Address:127.0.0.1',
  );
  const [other] = await failing(byIPv6, trusting, "::2");
  assertStringIncludes(other, 'is not for "::2": it is for IP Address:::1');
  const rows: [Credentials, string, TlsOptions][] = [
    [byName, "localhost", trusting],
    [byName, "localhost.", trusting],
    [byAddress, "127.0.0.1", trusting],
    [byIPv6, "::1", trusting],
    [byIPv6, "0:0:0:0:0:0:0:1", trusting],
    [byIPv6, "fe80::1:2%eth0", trusting],
    [byName, "127.0.0.1", { ...trusting, serverName: "localhost" }],
    [byAddress, "localhost", { ...trusting, serverName: "127.0.0.1" }],
    [byAddress, "localhost", { ...trusting, verifyHostname: false }],
  ];
  for (const [server, host, client] of rows) {
    using ends = await pair(server, client, host);
    assertEquals(ends.client.peer?.subject, "CN=server");
  }
});

Deno.test("a client's certificate is known to the server, if it is one that is trusted", async () => {
  const asking = { caCerts: authority.cert };
  for (
    const [client, subject] of [
      [{ ...trusting, ...alice }, "CN=alice"],
      [{ ...trusting, ...mallory }, undefined],
      [trusting, undefined],
    ] as const
  ) {
    using ends = await pair(asking, client);
    assertEquals(ends.server.peer?.subject, subject);
    assertEquals(ends.client.peer?.subject, "CN=server");
  }
});

Deno.test("both ends take up renewed certificates, and several authorities are trusted", async () => {
  const next = await Authority.create("Next CA");
  const renewed = await next.issue("renewed", { hosts });
  let now = served;
  const subjects: (string | undefined)[] = [];
  using listener = new Listener();
  for (const credentials of [served, renewed]) {
    now = credentials;
    const accepting = accept(listener, () => Promise.resolve(now));
    const client = () => ({ caCerts: [authority.cert, next.cert] });
    const transport = await connectTls(endpoint(listener), client, soon());
    subjects.push(transport.peer?.subject);
    (await accepting).close();
    transport.close();
  }
  assertEquals(subjects, ["CN=server", "CN=renewed"]);
});

Deno.test("a client without TLS, and one that says nothing, are turned away", async () => {
  using listener = new Listener();
  const accepting = accept(listener, served).catch(({ message }) => message);
  const { promise, resolve } = Promise.withResolvers<string>();
  const zk = new ZooKeeper(`127.0.0.1:${listener.port}`, { logger: { warn: resolve } });
  zk.run();
  assertStringIncludes(await promise, "the server speaks TLS on this port: set the option tls");
  await zk.close();
  assertEquals(await accepting, "The client does not speak TLS");

  using silent = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  const reason = new Error("Enough");
  const controller = new AbortController();
  const waiting = accept(listener, served, controller.signal);
  controller.abort(reason);
  assertEquals(await deadline(waiting, 4000).catch((error) => error), reason);
  assertEquals(await silent.read(new Uint8Array(1)), null);
});

Deno.test("a server that speaks something else says so", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = other.accept().then(async (conn) => {
    await conn.read(new Uint8Array(1000));
    await conn.write(text("HTTP/1.1 400 Bad Request\r\n\r\n"));
    return conn;
  });
  await assertRejects(
    () => connectTls(endpoint(other.addr), trusting, soon()),
    Error,
    "The server does not speak TLS on this port",
  );
  (await answering).close();
  const { port } = other.addr;
  other.close();
  await assertRejects(
    () => connectTls(endpoint({ port }), trusting, soon()),
    Error,
    "refused",
  );
});

Deno.test("a connection of one's own is put under TLS as Deno's is", async () => {
  using listener = new Listener();
  const accepting = accept(listener, served);
  const dialled: string[] = [];
  const zk = new ZooKeeper(`zk.example.org:${listener.port}`, {
    tls: { ...trusting, serverName: "localhost" },
    platform: {
      resolve: () => Promise.resolve(["192.0.2.1"]),
      connect: async ({ address, port }) => {
        dialled.push(address);
        return await Deno.connect({ hostname: "127.0.0.1", port });
      },
    },
  });
  zk.run();
  const server = await accepting;
  assertEquals(await server.read(new Uint8Array(100)), 49, "A connect request");
  assertEquals(dialled, ["192.0.2.1"]);
  await zk.close();
  server.close();
});

Deno.test("unref(): an armed read under TLS does not hold the process", async () => {
  using listener = new Listener();
  const accepting = accept(listener, served);
  const said = await run(`
    const transport = await connect(${listener.port}, { caCerts });
    transport.read(new Uint8Array(1));
    transport.unref();
    console.log("read");`);
  assertEquals(said, "read\n");
  (await accepting).close();
});

Deno.test("caCerts are all that is trusted: they take the place of those that Deno trusts", async () => {
  using listener = new Listener();
  const serving = serveOn(listener, mallory);
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, stranger.cert);
  const flags = ["--cert", file];
  const said = await run(
    `
    for (const source of [true, { caCerts }]) {
      await connect(${listener.port}, source).then((transport) => {
        console.log("connected");
        transport.close();
      }, ({ message }) => console.log(message));
    }`,
    flags,
  );
  assertMatch(
    said,
    /^The server's certificate is not for "localhost".*\n.* by no authority that is/,
  );
  listener[Symbol.dispose]();
  await serving;
  await Deno.remove(file);
});

/** What a program of its own says, which runs to its end. */
async function run(program: string, flags: string[] = []): Promise<string> {
  const mod = new URL("../../mod.ts", import.meta.url).href;
  const source = `
    import { connectTls } from ${JSON.stringify(mod)};
    const caCerts = ${JSON.stringify(authority.cert)};
    function connect(port, source) {
      const endpoint = { host: "localhost", address: "127.0.0.1", port };
      return connectTls(endpoint, source, new AbortController().signal);
    }
    ${program}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-lock", ...flags, source],
    stdout: "piped",
    stderr: "null",
  });
  const { code, stdout } = await deadline(child.output(), 20_000);
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

Deno.test("options that make no sense are refused at the call, and never shown", () => {
  const { cert, key } = alice;
  const caCerts = authority.cert;
  const body = key.split("\n").slice(1, -2).join("\n");
  const encrypted = key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  const rows: [unknown, string][] = [
    ["ca.pem", 'The option "tls" must be { caCerts, cert, key, serverName, verifyHostname }'],
    [null, "not null"],
    [{ ca: caCerts }, "not ca"],
    [{ caCerts: [] }, 'The option "tls.caCerts" is empty'],
    [{ caCerts: "/etc/ca.pem" }, "it takes the text, not the name of a file"],
    [{ caCerts: [caCerts, 5] }, 'The option "tls.caCerts" must be PEM text, not number'],
    [{ caCerts: key }, 'must be PEM text with "-----BEGIN CERTIFICATE-----"'],
    [{ caCerts: caCerts.slice(0, -30) }, "is cut short"],
    [{ caCerts: caCerts.replace(/\n..../, "\n") }, "is malformed between its BEGIN and END lines"],
    [{ cert }, '"tls.key" is missing'],
    [{ key }, '"tls.cert" is missing'],
    [{ cert, key: cert }, 'The option "tls.key" must be PEM text with "-----BEGIN PRIVATE KEY---'],
    [{ cert, key: body }, 'The option "tls.key" must be PEM text with'],
    [{ cert, key: encrypted }, 'The option "tls.key" is encrypted: give the key decrypted'],
    [{ cert: key, key }, 'The option "tls.cert" must be PEM text with'],
    [{ serverName: "" }, "must be the name of a host"],
    [{ verifyHostname: "no" }, "must be true or false, not string"],
  ];
  for (const [tls, message] of rows) {
    const options = { tls: tls as TlsSource };
    const error = assertThrows(() => new ZooKeeper("localhost", options), TypeError, message);
    assert(!body.split("\n").some((line) => error.message.includes(line)), "The key is not shown");
  }
});

Deno.test("a server's options are checked when they are asked for", async () => {
  const rows: [Partial<TlsServerOptions>, string][] = [
    [{ cert: served.cert }, 'The option "tls.key" must be PEM text, not undefined'],
    [{ ...served, requireClientCert: true }, 'needs "tls.caCerts"'],
  ];
  for (const [options, message] of rows) {
    using listener = new Listener();
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
    const accepting = () => accept(listener, options as TlsServerOptions);
    await assertRejects(accepting, TypeError, message);
    assertEquals(await conn.read(new Uint8Array(1)), null, "It is closed");
  }
});

async function digest(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice())).toHex();
}
