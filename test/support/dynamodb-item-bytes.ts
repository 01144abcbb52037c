/** An attribute value as the AWS JSON protocol writes it. */
export interface JsonAttribute {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly L?: readonly JsonAttribute[];
}

/**
 * The size DynamoDB counts for an item: names in UTF-8, and their values.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Readonly<Record<string, JsonAttribute | undefined>>): number =>
  Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + (value === undefined ? 0 : attributeBytes(value)),
    0,
  );

function attributeBytes({ S, N, B, L }: JsonAttribute): number {
  if (S !== undefined) return Buffer.byteLength(S);
  // One byte for each two significant digits, one more for the exponent, one for a sign.
  if (N !== undefined) return Math.ceil(N.replace('-', '').length / 2) + 1 + (N.startsWith('-') ? 1 : 0);
  if (B !== undefined) return Buffer.from(B, 'base64').length;
  if (L !== undefined) return 3 + L.reduce((sum, element) => sum + 1 + attributeBytes(element), 0);
  throw new Error('an attribute of a type that is not measured');
}
