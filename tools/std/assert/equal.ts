/*
 * Deep equality. One walk answers both questions an assertion has: whether two values are equal,
 * and where they first differ. The path of a difference is put together on the way back from it,
 * so that equal values, which are nearly all, cost no path at all.
 */

/** The first place where two values differ. */
export interface Difference {
  /** The way there from the two values, as code would write it: `.children[2]`. */
  path: string;
  /** What the first value has there. */
  actual: unknown;
  /** What the second value has there. */
  expected: unknown;
}

/**
 * Whether two values are deeply equal: `NaN` equals itself, `0` equals `-0`, objects need equal
 * prototypes, sets and maps are compared whatever their order.
 *
 * @param a One value.
 * @param b The other.
 * @returns Whether they are equal.
 */
export function equal(a: unknown, b: unknown): boolean {
  return difference(a, b) === null;
}

/**
 * The first place where two values differ.
 *
 * @param actual One value.
 * @param expected The other.
 * @returns The place, or `null` when the values are deeply equal.
 */
export function difference(actual: unknown, expected: unknown): Difference | null {
  return walk(actual, expected, new Map());
}

/** The pairs under comparison right now: meeting one again means a cycle, which differs nowhere. */
type Pending = Map<object, object>;

function walk(a: unknown, b: unknown, pending: Pending): Difference | null {
  if (a === b || Object.is(a, b)) return null;
  const here = { path: "", actual: a, expected: b };
  if (!isObject(a) || !isObject(b)) return here;
  if (a instanceof Date && b instanceof Date) {
    return Object.is(a.getTime(), b.getTime()) ? null : here;
  }
  if (!samePrototype(a, b)) return here;
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a instanceof WeakMap ? "WeakMap" : "WeakSet"} instances`);
  }
  if (a instanceof WeakRef) return walk(a.deref(), (b as WeakRef<WeakKey>).deref(), pending);
  const [listA, listB] = [elements(a), elements(b)];
  if (listA && listB) return walkElements(listA, listB);
  if (comparesAsText(a)) return String(a) === String(b) ? null : here;

  if (pending.get(a) === b) return null;
  const before = pending.get(a);
  pending.set(a, b);
  const found = walkParts(a, b, pending);
  if (before === undefined) pending.delete(a);
  else pending.set(a, before);
  return found;
}

function walkParts(a: object, b: object, pending: Pending): Difference | null {
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) {
    return walkLengths(a, b, pending);
  }
  if (a instanceof Set) return walkSets(a, b as Set<unknown>, pending);
  if (a instanceof Map) return walkMaps(a, b as Map<unknown, unknown>, pending);
  for (const key of new Set([...keysOf(a), ...keysOf(b)])) {
    const [valueA, valueB] = [Reflect.get(a, key), Reflect.get(b, key)];
    if ((key in a) !== (key in b)) return { path: step(a, key), actual: valueA, expected: valueB };
    const found = walk(valueA, valueB, pending);
    if (found) return { ...found, path: step(a, key) + found.path };
  }
  return null;
}

/** Arrays of unequal length differ in any case, but an earlier unequal element says more. */
function walkLengths(a: unknown[], b: unknown[], pending: Pending): Difference {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const found = walk(a[i], b[i], pending);
    if (found) return { ...found, path: `[${i}]${found.path}` };
  }
  return { path: ".length", actual: a.length, expected: b.length };
}

function walkElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>): Difference | null {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] === b[i] || Object.is(a[i], b[i])) continue;
    return { path: `[${i}]`, actual: a[i], expected: b[i] };
  }
  if (a.length === b.length) return null;
  return { path: ".length", actual: a.length, expected: b.length };
}

function walkSets(a: Set<unknown>, b: Set<unknown>, pending: Pending): Difference | null {
  const left = [...b].filter((member) => !a.has(member));
  for (const member of a) {
    if (b.has(member)) continue;
    const match = left.findIndex((other) => walk(member, other, pending) === null);
    if (match < 0) return { path: "", actual: a, expected: b };
    left.splice(match, 1);
  }
  return left.length === 0 ? null : { path: "", actual: a, expected: b };
}

function walkMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, pending: Pending) {
  const left = [...b].filter(([key]) => isObject(key) || !a.has(key));
  for (const [key, value] of a) {
    if (!isObject(key) && b.has(key)) {
      const found = walk(value, b.get(key), pending);
      if (found) return { ...found, path: `.get(${Deno.inspect(key)})${found.path}` };
      continue;
    }
    const match = left.findIndex(([otherKey, other]) =>
      walk(key, otherKey, pending) === null && walk(value, other, pending) === null
    );
    if (match < 0) return { path: "", actual: a, expected: b };
    left.splice(match, 1);
  }
  return left.length === 0 ? null : { path: "", actual: a, expected: b };
}

/**
 * The keys that count. Of plain objects and arrays the enumerable ones; of instances all of them,
 * those of their prototypes included, because there the state often hides behind getters.
 */
function keysOf(value: object): PropertyKey[] {
  if (isPlain(value)) {
    return Reflect.ownKeys(value).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(value, key)
    );
  }
  const keys: PropertyKey[] = [];
  for (let o: object | null = value; o && o !== Object.prototype && o !== Array.prototype;) {
    keys.push(...Reflect.ownKeys(o));
    o = Object.getPrototypeOf(o);
  }
  return keys;
}

function elements(value: object): ArrayLike<unknown> | null {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return value as unknown as ArrayLike<unknown>;
  }
  const buffer = value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
  return buffer ? new Uint8Array(value) : null;
}

function comparesAsText(value: object): boolean {
  return value instanceof RegExp || value instanceof URL || value instanceof URLSearchParams;
}

function samePrototype(a: object, b: object): boolean {
  const [of, other] = [Object.getPrototypeOf(a), Object.getPrototypeOf(b)];
  return (of ?? Object.prototype) === (other ?? Object.prototype);
}

function isPlain(value: object): boolean {
  const of = Object.getPrototypeOf(value);
  return of === null || of === Object.prototype || of === Array.prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function step(value: object, key: PropertyKey): string {
  if (typeof key === "symbol") return `[${String(key)}]`;
  if (Array.isArray(value) && /^\d+$/.test(String(key))) return `[${String(key)}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(String(key))
    ? `.${String(key)}`
    : `[${JSON.stringify(key)}]`;
}
