import { api, array, int16, int32, int64, records, string, struct, uuid } from '../schema/index.ts'

export const Produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexible: 9,
  to: 'leader',
  request: {
    transactionalId: string.since(3).nullable(3).default(null),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitionData: array({
        index: int32,
        records: records.nullable(),
      }),
    }),
  },
  response: {
    responses: array({
      name: string.until(12).ignorable(),
      topicId: uuid.since(13).ignorable(),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: int64.since(2).default(-1).ignorable(),
        logStartOffset: int64.since(5).default(-1).ignorable(),
        recordErrors: array({
          batchIndex: int32.since(8),
          batchIndexErrorMessage: string.since(8).nullable(8).default(null),
        })
          .since(8)
          .ignorable(),
        errorMessage: string.since(8).nullable(8).default(null).ignorable(),
        currentLeader: struct({
          leaderId: int32.since(10).default(-1),
          leaderEpoch: int32.since(10).default(-1),
        })
          .since(10)
          .tag(0),
      }),
    }),
    throttleTimeMs: int32.since(1).ignorable(),
    nodeEndpoints: array({
      nodeId: int32.since(10),
      host: string.since(10),
      port: int32.since(10),
      rack: string.since(10).nullable(10).default(null),
    })
      .since(10)
      .tag(0),
  },
})
