import { packIntoCalls } from '../../../adapters/aws/pack.js';

test.each<[string, number[], number[][]]>([
  ['nothing', [], []],
  ['what fits goes in one call', [4, 3, 3], [[4, 3, 3]]],
  ['bytes fill a call', [4, 3, 4], [[4, 3], [4]]],
  ['things fill a call', [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ['one that is too big goes alone', [1, 11, 1], [[1], [11], [1]]],
])('%s', (_, sizes, calls) => {
  expect(packIntoCalls(sizes, (size) => size, { countMax: 3, bytesMax: 10 })).toEqual(calls);
});
