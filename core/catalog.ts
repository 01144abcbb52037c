/** What people say about a type. All optional; the empty string erases. */
export interface CatalogMetadata {
  readonly displayName?: string;
  readonly unit?: string;
  readonly description?: string;
  readonly owner?: string;
}

export interface CatalogEntry extends CatalogMetadata {
  readonly type: string;
  readonly firstSeenAtMs: number;
}

/** In characters, per field. */
export const METADATA_LENGTH_MAX = 1_024;
