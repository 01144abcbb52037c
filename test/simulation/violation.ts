/** What a checker can find. The word before the colon of a mutant's verdict. */
export type ViolationKind =
  | 'counter-exceeds'
  | 'counter-differs'
  | 'applied-out-of-order'
  | 'applied-twice'
  | 'journal-gap'
  | 'id-twice'
  | 'predecessor-unsettled'
  | 'sealed-day-changed'
  | 'sealed-wrong'
  | 'sealed-totals-changed'
  | 'sealed-too-early'
  | 'adjusted-needlessly'
  | 'report-goes-back'
  | 'chain-broken'
  | 'not-sealed'
  | 'entry-hidden'
  | 'behind-marker'
  | 'marker-ahead'
  | 'acknowledged-but-lost'
  | 'not-archived'
  | 'not-rejected'
  | 'answer-wrong'
  | 'leftover-calls'
  | 'false-alarm'
  | 'stuck'
  | 'unexpected-error';

/**
 * Rules of the protocol that are no harm in themselves: breaking one is what harm later comes from. Everything else in
 * `ViolationKind` is an outcome that a user or an operator would see.
 */
export const RULE_KINDS: readonly ViolationKind[] = [
  'predecessor-unsettled',
  'leftover-calls',
  'entry-hidden',
  'behind-marker',
  'marker-ahead',
];

/** Thrown by a checker at the very step that broke a guarantee. */
export class Violation extends Error {
  public override readonly name = 'Violation';

  public constructor(
    public readonly kind: ViolationKind,
    message: string,
  ) {
    super(`${kind}: ${message}`);
  }
}

export const isRuleKind = (kind: string): boolean => RULE_KINDS.some((rule) => rule === kind);
