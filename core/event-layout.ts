import { Piece, type RequestBytes } from './request-bytes.js';

/** What differs from one event of a producer to the next. */
export type ValueKind = 'id' | 'source' | 'type' | 'subject' | 'partitionKey' | 'time' | 'value';

/** Where a value lies in the event it was read from, without its quotes. */
export interface ValueSpan {
  readonly kind: ValueKind;
  readonly start: number;
  readonly end: number;
}

/** What stands before a value in events of this layout: names, quotes, space. */
export interface LayoutStep {
  readonly before: Piece;
  readonly kind: ValueKind;
}

/**
 * How a producer writes its events: the same bytes in each, but for the values between them.
 *
 * An event that has these bytes in these places has the attributes of the event that the layout was taken from, in its order.
 */
export class EventLayout {
  private constructor(
    public readonly steps: readonly LayoutStep[],
    public readonly end: Piece,
  ) {}

  /** Of an event, from `start` to `end`, that was read and found good, and whose values lie in this order. */
  public static of(
    { bytes }: RequestBytes,
    start: number,
    end: number,
    values: readonly ValueSpan[],
  ): EventLayout {
    let at = start;
    const steps = values.map(({ kind, start: valueStart, end: valueEnd }): LayoutStep => {
      const before = new Piece(bytes.subarray(at, valueStart));
      at = valueEnd;
      return { before, kind };
    });
    return new EventLayout(steps, new Piece(bytes.subarray(at, end)));
  }
}
