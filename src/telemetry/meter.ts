/** OpenTelemetry's metrics as far as they are used here: @opentelemetry/api and Deno's own both fit. */

/** What a value is told with. */
export interface Attributes {
  /** One of them. */
  [name: string]: string | number | boolean;
}

/** What an instrument is made with. */
export interface Instrument {
  /** Unit of its values, as UCUM has it. */
  unit?: string;
  /** What it tells. */
  description?: string;
  /** The boundaries of a histogram that fit it. */
  advice?: { explicitBucketBoundaries?: number[] };
}

/** Where meters come from. */
export interface MeterProvider {
  /** The meter of a library. */
  getMeter(name: string): Meter;
}

/** Where instruments come from. */
export interface Meter {
  /** What only grows. */
  createCounter(
    name: string,
    options?: Instrument,
  ): { add(value: number, attributes?: Attributes): void };
  /** What is spread. */
  createHistogram(
    name: string,
    options?: Instrument,
  ): { record(value: number, attributes?: Attributes): void };
  /** What is asked for when it is wanted. */
  createObservableGauge(name: string, options?: Instrument): Observable;
}

/** An instrument that asks. */
export interface Observable {
  /** Has a function asked each time. */
  addCallback(callback: (result: Observing) => void): void;
  /** Does not any more. */
  removeCallback(callback: (result: Observing) => void): void;
}

/** Takes the answer. */
export interface Observing {
  /** One value of the instrument. */
  observe(value: number, attributes?: Attributes): void;
}
