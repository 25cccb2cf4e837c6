import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../../src/testing/program/command_line.ts";

Deno.test("parseCommandLine: what may be asked for, and what holds otherwise", () => {
  const usual = { hostname: "127.0.0.1", port: 2181, tickTime: 2000, version: "3.9", data: null };
  assertEquals(parseCommandLine([]), usual as never);
  assertEquals(
    parseCommandLine([
      "--port=0",
      "--tick-time",
      "50",
      "--version=3.8",
      "--data",
      "f",
      "--hostname=::",
    ]),
    { hostname: "::", port: 0, tickTime: 50, version: "3.8", data: "f" },
  );
  assertEquals(parseCommandLine(["--port", "5", "-h"]), null);
});

Deno.test("parseCommandLine: what is wrong is named", () => {
  const refused: [string[], string][] = [
    [["--prt", "5"], "'--prt'"],
    [["2181"], "'2181'"],
    [["--port"], "--port"],
    [["--port="], '--port takes a whole number of 0 to 65535, not ""'],
    [["--port=-1"], 'not "-1"'],
    [["--port=0x10"], 'not "0x10"'],
    [["--port=65536"], 'not "65536"'],
    [["--tick-time=0"], "--tick-time takes a whole number of 1 to 86400000"],
    [["--version=4"], '--version takes 3.8 or 3.9, not "4"'],
    [["--data", "--port"], "--data"],
    [["--data="], "no empty text"],
    [["--help=yes"], "--help"],
  ];
  for (const [args, message] of refused) {
    assertThrows(() => parseCommandLine(args), TypeError, message);
  }
});
