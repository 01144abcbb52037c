/** A Lambda's sandbox: a process of its own that loads one bundle, as it is, and invokes its handler. */
import process from 'node:process';

const { handler } = await import(process.argv[2]);

const contextFor = (remainingMs) => {
  const endMs = Date.now() + remainingMs;
  return {
    awsRequestId: 'local',
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: '1769',
    getRemainingTimeInMillis: () => endMs - Date.now(),
  };
};

process.on('message', async ({ id, event, remainingMs }) => {
  try {
    process.send({ id, result: await handler(event, contextFor(remainingMs)) });
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, code: error.code } });
  }
});
process.send({ id: 0 });
