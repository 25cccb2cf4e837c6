/** What a channel may be told to call. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RpcChannel } from "@zkst/zookeeper/rpc";
import { parseTarget } from "../../../src/rpc/channel/target.ts";

Deno.test("Targets are taken apart", () => {
  const parts = (text: string) => {
    const { wire, basePath, addresses, lb } = parseTarget(text);
    return [wire, basePath ?? addresses.map(({ address, port }) => `${address} ${port}`), lb];
  };
  assertEquals(parts("zk:/services"), ["native", "/services", null]);
  assertEquals(parts("zk:/a/b?lb=p2c"), ["native", "/a/b", "p2c"]);
  assertEquals(parts("tinyrpc-zk:/"), ["tiny_rpc", "/", null]);
  assertEquals(parts("static:a:1,10.0.0.5:80"), ["native", ["a 1", "10.0.0.5 80"], null]);
  assertEquals(parts("static:[::1]:8000?lb=random"), ["native", ["::1 8000"], "random"]);
  assertEquals(parts("tinyrpc:127.0.0.1:8000"), ["tiny_rpc", ["127.0.0.1 8000"], null]);
});

Deno.test("What is no target throws, and the message says what is", () => {
  const message = (text: unknown) =>
    assertThrows(() => parseTarget(text as string), TypeError).message;
  for (const text of ["", "127.0.0.1:8000", "dns:a:1", "toString:a", 7, undefined]) {
    assertStringIncludes(message(text), '"zk:/services"');
    assertStringIncludes(message(text), '"static:host:port,…"');
  }
  assertStringIncludes(message("static:"), "host:port");
  assertStringIncludes(message("static:a:1,b"), '"b"');
  assertStringIncludes(message("static:a:0"), '"a:0"');
  assertStringIncludes(message("static:::1:80"), "[::1]:port");
  assertStringIncludes(message("zk:services"), "no valid path");
  assertStringIncludes(message("zk:"), "no valid path");
  assertStringIncludes(message("zk:/a?balancer=p2c"), 'it may have "lb"');
});

Deno.test("A channel's options are checked", () => {
  const bad = (options: unknown, target = "static:a:1") => () =>
    void new RpcChannel(target, options as never);
  assertThrows(bad({ timeOut: 1 }), TypeError, "timeout, connectTimeout");
  assertThrows(bad({ timeout: -1 }), RangeError, "timeout");
  assertThrows(bad({ connectTimeout: 0 }), RangeError, "connectTimeout");
  assertThrows(bad({ maxRequest: NaN }), RangeError, "maxRequest");
  assertThrows(bad({ maxWaiting: "7" }), RangeError, "maxWaiting");
  assertThrows(bad({ lb: "p3c" }), TypeError, "round_robin, pick_first, p2c");
  assertThrows(bad({}, "static:a:1?lb=none"), TypeError, '"none"');
  assertThrows(bad({ lb: "p2c" }, "static:a:1?lb=p2c"), TypeError, "give one");
  assertThrows(bad({ lb: "p2c", balancer: () => {} }), TypeError, "give one");
  assertThrows(bad({ balancer: 1 }), TypeError, "function of a source");
  assertThrows(bad({ select: 1 }), TypeError, "function of a source");
  assertThrows(bad({ interceptors: () => {} }), TypeError, "list of functions");
  assertThrows(bad({ wire: {} }), TypeError, "attach");
  assertThrows(bad({ outliers: { interval: -1 } }), RangeError, "interval");
  assertThrows(bad({}, "zk:/services"), TypeError, '"zk"');
});
