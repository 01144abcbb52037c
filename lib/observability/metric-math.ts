/** Pieces of CloudWatch's metric math. Metrics are named by the ids they have in the expression. */

/** A sum in which a silent metric counts as zero. `a + b` alone is silent wherever one of them is. */
export const sumOf = (...ids: readonly string[]): string =>
  `(${ids.map((id) => `FILL(${id}, 0)`).join(' + ')})`;

/** A divisor that is never zero: where nothing was measured, what is divided is zero too. */
export const divisor = (sum: string): string => `IF(${sum} > 0, ${sum}, 1)`;
