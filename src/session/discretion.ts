/**
 * What is shown of an object that has secrets among its fields, the password of a session or what
 * was given to addAuth(): a choice of facts, however deep and hidden an inspection may look.
 */

/** What console.log, Deno.inspect and Node's util.inspect ask for. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Lets inspections, loggers and JSON see of a class's objects what `facts` says, and no more. */
export function showOnly<T extends object>(
  type: { readonly name: string; readonly prototype: T },
  facts: (object: T) => Record<string, string | number | null>,
): void {
  const { name, prototype } = type;
  Object.defineProperties(prototype, {
    toJSON: { value: factsOf },
    [inspect]: {
      value(this: T): string {
        const shown = Object.entries(factsOf.call(this))
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
        return `${name} { ${shown.join(", ")} }`;
      },
    },
  });

  function factsOf(this: T): Record<string, string | number | null> {
    // The prototype itself may be inspected, and has none.
    return Object.hasOwn(this, "constructor") ? {} : facts(this);
  }
}
