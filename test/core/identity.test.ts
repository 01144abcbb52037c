import { createHash } from 'node:crypto';
import { identityOf, type Identity } from '../../core/identity.js';

const identity = (given: Partial<Identity> = {}): Identity => ({
  source: 'web-1',
  id: 'e1',
  type: 'page.viewed',
  subject: '/home',
  partitionKey: 'page.viewed/home',
  ...given,
});

const hex = (given?: Partial<Identity>): string => Buffer.from(identityOf(identity(given))).toString('hex');

describe('identityOf', () => {
  it('is the first half of SHA-256 over the five parts, a newline between each, so that SQL can compute it', () => {
    const text = ['web-1', 'e1', 'page.viewed', '/home', 'page.viewed/home'].join('\n');
    expect(hex()).toBe(createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32));
  });

  it.each<Partial<Identity>>([
    { source: 'web-2' },
    { id: 'e2' },
    { type: 'page.left' },
    { subject: '' },
    { partitionKey: 'other' },
    { source: 'ü' },
  ])('changes with each part: %j', (given) => {
    expect(hex(given)).not.toBe(hex());
  });
});
