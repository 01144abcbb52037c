/**
 * Point the SDK at local engines, by its own variables and with credentials that no real account has.
 *
 * For the rest of the test file: clients read the environment when they first call.
 */
export function useLocalAws(endpoints: {
  AWS_ENDPOINT_URL_DYNAMODB?: string;
  AWS_ENDPOINT_URL_KINESIS?: string;
  AWS_ENDPOINT_URL_FIREHOSE?: string;
  AWS_ENDPOINT_URL_S3?: string;
  AWS_ENDPOINT_URL_ATHENA?: string;
}): void {
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...endpoints,
  });
}
