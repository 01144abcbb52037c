/** Every limit of the product, in one place. Names carry the unit; docs/openapi.json and the messages are built from these. */

/** An event's identity and names, in bytes of UTF-8. */
export const ID_BYTES_MAX = 128;
export const SOURCE_BYTES_MAX = 256;
export const TYPE_LENGTH_MAX = 128;
export const SUBJECT_BYTES_MAX = 256;
export const ATTRIBUTE_NAME_LENGTH_MAX = 64;

export const VALUE_MAX = 1_000_000;
export const VALUE_MIN = -VALUE_MAX;

/** How deep an event may nest: the event itself is level 1. */
export const NESTING_MAX = 32;

/** One event, measured as its archive line. */
export const EVENT_BYTES_MAX = 256 * 1024;

/** One request, decompressed. */
export const REQUEST_EVENTS_MAX = 5_000;
export const REQUEST_BYTES_MAX = 4 * 1024 * 1024;

/** A clock may run this far ahead of ours before its events are refused. */
export const EVENT_LEAD_MS_MAX = 5 * 60 * 1000;

/** A chunk must be stored this soon after it was stamped: the day's close relies on it. */
export const STORE_MS_MAX = 60 * 1000;

/** A Kinesis record, and so a chunk, after compression. */
export const CHUNK_BYTES_MAX = 1_000_000;
/** A chunk inflated. A request is at most 4 MiB; stamping can add a few hundred bytes to each of 5,000 events. */
export const CHUNK_TEXT_BYTES_MAX = 16 * 1024 * 1024;

/** A journal entry with its increments. DynamoDB's item limit is 400 KB. */
export const ENTRY_BYTES_MAX = 300 * 1024;

/** Ids of a journal that is worth a filter; and of one whose filter still fits an item. */
export const FILTER_IDS_MIN = 1_000;
export const FILTER_IDS_MAX = 200_000;

export const LANE_COUNT_DEFAULT = 64;
export const LANE_COUNT_MAX = 1_024;

export const LATENESS_MS_DEFAULT = 48 * 60 * 60 * 1000;
export const LATENESS_MS_MIN = 60 * 60 * 1000;
export const LATENESS_MS_MAX = 35 * 24 * 60 * 60 * 1000;
