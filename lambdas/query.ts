/** Named by the constructs; what it does comes with the adapters. Until then it fails, so that nothing is lost unseen. */
export const handler = (): never => {
  throw new Error('query has no adapters to work with');
};
