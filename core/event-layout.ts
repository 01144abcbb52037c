import { Piece, type RequestBytes, type TextSpan } from './request-bytes.js';

/** What differs from one event of a producer to the next. */
export type ValueKind = 'id' | 'source' | 'type' | 'subject' | 'partitionKey' | 'time' | 'value';

/** Where a value lies in the event it was read from, without its quotes. */
export interface ValueSpan {
  readonly kind: ValueKind;
  readonly start: number;
  readonly end: number;
  /** The layout is to have this value, too: a source or a type, whose hash this is, or a value of 1. */
  readonly given?: number;
}

/** A source or type that is part of a layout. */
interface GivenText {
  readonly kind: 'source' | 'type';
  /** From where the piece begins that it is in. */
  readonly offset: number;
  readonly length: number;
  readonly hash: number;
}

/** What stands before a value in events of this layout: names, quotes, space, and values that are given. */
export interface LayoutStep {
  readonly before: Piece;
  readonly given: readonly GivenText[];
  readonly kind: ValueKind;
}

/**
 * How a producer writes its events: the same bytes in each, but for the values between them.
 *
 * An event that has these bytes in these places has the attributes of the event that the layout was taken from, in its order; and the
 * values that are given, of which the layout is narrower.
 */
export class EventLayout {
  private constructor(
    public readonly steps: readonly LayoutStep[],
    public readonly end: Piece,
    public readonly givenAtEnd: readonly GivenText[],
    /** Its events have a value that is given: 1. */
    public readonly isValueGiven: boolean,
  ) {}

  /** Of an event, from `start` to `end`, that was read and found good, and whose values lie in this order. */
  public static of(
    { bytes }: RequestBytes,
    start: number,
    end: number,
    values: readonly ValueSpan[],
  ): EventLayout {
    let at = start;
    let given: GivenText[] = [];
    let isValueGiven = false;
    const steps: LayoutStep[] = [];
    for (const { kind, start: valueStart, end: valueEnd, given: hash } of values) {
      if (hash === undefined) {
        steps.push({ before: new Piece(bytes.subarray(at, valueStart)), given, kind });
        [at, given] = [valueEnd, []];
      } else if (kind === 'source' || kind === 'type') {
        given.push({ kind, offset: valueStart - at, length: valueEnd - valueStart, hash });
      } else isValueGiven = true;
    }
    return new EventLayout(steps, new Piece(bytes.subarray(at, end)), given, isValueGiven);
  }

  /** The same with the source and the type of an event of this layout, and with its value if that is one. */
  public narrowedTo(
    request: RequestBytes,
    start: number,
    end: number,
    spans: Readonly<Record<ValueKind, TextSpan>>,
    isValueOne: boolean,
  ): EventLayout {
    const values = this.steps.map(({ kind }): ValueSpan => {
      const { start: valueStart, end: valueEnd, hash } = spans[kind];
      const isGiven = kind === 'value' ? isValueOne : kind === 'source' || kind === 'type';
      return { kind, start: valueStart, end: valueEnd, ...(isGiven ? { given: hash } : {}) };
    });
    return EventLayout.of(request, start, end, values);
  }
}
