/** The service of these tests: texts, by hand, so that a provider starts without a schema. */
import type { Codec, MethodSpec, ServiceSpec } from "@zkst/zookeeper/rpc";

const text: Codec<string> = {
  encode: (message) => new TextEncoder().encode(message),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

/** One method that may run twice, one that may not. */
export const Echo: ServiceSpec<{
  get: MethodSpec<string, string>;
  put: MethodSpec<string, string>;
}> = {
  name: "test.Echo",
  methods: {
    get: { name: "Get", request: text, response: text, idempotent: true },
    put: { name: "Put", request: text, response: text },
  },
};
