import { api, array, int16, int32, string, uuid } from '../schema/index.ts'

export const DeleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  to: 'controller',
  request: {
    topics: array({
      name: string.since(6).nullable(6).default(null),
      topicId: uuid.since(6),
    }).since(6),
    topicNames: array(string).until(5).ignorable(),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    responses: array({
      name: string.nullable(6),
      topicId: uuid.since(6).ignorable(),
      errorCode: int16,
      errorMessage: string.since(5).nullable(5).default(null).ignorable(),
    }),
  },
})
