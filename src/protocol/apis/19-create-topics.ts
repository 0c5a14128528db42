import { api, array, bool, int8, int16, int32, string, uuid } from '../schema/index.ts'

export const CreateTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexible: 5,
  to: 'controller',
  request: {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({
        partitionIndex: int32,
        brokerIds: array(int32),
      }),
      configs: array({
        name: string,
        value: string.nullable(),
      }),
    }),
    timeoutMs: int32.default(60_000),
    validateOnly: bool.since(1).default(false),
  },
  response: {
    throttleTimeMs: int32.since(2).ignorable(),
    topics: array({
      name: string,
      topicId: uuid.since(7).ignorable(),
      errorCode: int16,
      errorMessage: string.since(1).nullable().ignorable(),
      topicConfigErrorCode: int16.since(5).tag(0).ignorable(),
      numPartitions: int32.since(5).default(-1).ignorable(),
      replicationFactor: int16.since(5).default(-1).ignorable(),
      configs: array({
        name: string.since(5),
        value: string.since(5).nullable(5),
        readOnly: bool.since(5),
        configSource: int8.since(5).default(-1).ignorable(),
        isSensitive: bool.since(5),
      })
        .since(5)
        .nullable(5)
        .ignorable(),
    }),
  },
})
