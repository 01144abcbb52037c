/**
 * Metric math as CloudWatch computes it for one period, as far as Tally uses it. A metric that is absent is silent; outside
 * `FILL` it can't be used.
 */
export function evaluate(
  expression: string,
  metrics: Readonly<Record<string, number>>,
  periodSeconds = 3_600,
): number {
  const code = expression
    .replace(/FILL\((\w+), (\d+)\)/g, '(metric("$1") ?? $2)')
    .replace(/PERIOD\(\w+\)/g, String(periodSeconds))
    .replaceAll(' AND ', ' && ')
    .replaceAll(' OR ', ' || ')
    .replace(/\bIF\(/g, 'choose(');
  if (/[^\w\s"()+\-*/<>=&|?,.]/.test(code)) throw new Error(`not metric math: ${expression}`);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- It is our own text, checked above.
  return new Function('metric', 'choose', `return Number(${code});`)(
    (id: string) => metrics[id],
    (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise),
  ) as number;
}
