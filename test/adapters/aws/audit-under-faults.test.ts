/** The audit over the real DynamoDB stores, two at a time, between them and the engine a network that fails in every way. */
import { Random } from '../../simulation/random.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import { auditUntilSealed, expectSealedTruth, portsOfEventfulDay } from '../../support/eventful-day.js';
import { throttle } from '../../support/faulty-proxy.js';

const dynamoDb = useDynamoDb();

test.each([1, 2])(
  'two audits at once seal the truth, once, under lost and late calls and throttles, seed %i',
  async (seed) => {
    const ports = await portsOfEventfulDay(dynamoDb);
    const random = new Random(`audit ${seed}`);
    dynamoDb.proxy.fateOf = ({ operation }) => {
      // Journals are read by the hundred.
      const dice = random.next() * (operation === 'Query' ? 100 : 1);
      if (dice < 0.06) return 'loseRequest';
      if (dice < 0.12) return 'loseResponse';
      if (dice < 0.16) return 'late';
      return dice < 0.2 ? throttle('ProvisionedThroughputExceededException') : 'pass';
    };
    await Promise.all([auditUntilSealed(ports), auditUntilSealed(ports)]);
    dynamoDb.proxy.fateOf = () => 'pass';
    await dynamoDb.proxy.settle();

    await expectSealedTruth(ports);
  },
  180_000,
);
