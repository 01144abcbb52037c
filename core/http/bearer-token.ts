/** The token of an `Authorization: Bearer …` header; `null`: there is none. The scheme's case does not matter (RFC 9110). */
export const bearerTokenOf = (header: string | undefined): string | null =>
  /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
