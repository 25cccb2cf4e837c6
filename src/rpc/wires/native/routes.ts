/** Service and method as they stand in a request's meta, written once for each method. */
import { FrameWriter, headerLength } from "./frames.ts";
import { Tag, writeText } from "./meta.ts";

/** A caller that makes up ever new names fills no memory. */
const routesMax = 1_024;

/** The methods that one connection has called. */
export class Routes {
  readonly #services = new Map<string, Map<string, Uint8Array>>();
  #count = 0;
  #service = "";
  #method = "";
  #bytes: Uint8Array = new Uint8Array(0);

  /** Writes both names. */
  write(to: FrameWriter, service: string, method: string): void {
    if (service !== this.#service || method !== this.#method) this.#find(service, method);
    to.raw(this.#bytes);
  }

  #find(service: string, method: string): void {
    if (this.#count >= routesMax) {
      this.#services.clear();
      this.#count = 0;
    }
    let methods = this.#services.get(service);
    if (methods === undefined) this.#services.set(service, methods = new Map());
    let bytes = methods.get(method);
    if (bytes === undefined) {
      bytes = encode(service, method);
      methods.set(method, bytes);
      this.#count++;
    }
    this.#bytes = bytes;
    this.#service = service;
    this.#method = method;
  }
}

function encode(service: string, method: string): Uint8Array {
  const to = new FrameWriter();
  to.begin(0, 0, 0);
  writeText(to, Tag.requestService, service);
  writeText(to, Tag.requestMethod, method);
  to.end();
  return to.frames.slice(headerLength);
}
