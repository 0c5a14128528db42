import { CreateTopics } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { ResponseInput } from '../../../protocol/schema/index.ts'
import { createTopics } from '../../controller/topics.ts'
import type { Access } from '../access/access.ts'
import { divideOnce } from '../access/divide.ts'
import { withMutationQuota } from '../quotas/silence.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The first version whose senders know what it means that a quota is exceeded (KIP-599). */
const STRICT = 6

export const createTopicsHandler = (broker: Pick<BrokerServices, 'controller' | 'quotas'>): Handler =>
  handler(CreateTopics, async (request, requestContext) => {
    const { access } = requestContext
    const all = access.may('CREATE', 'CLUSTER')
    const { permitted, refused } = divideOnce(
      request.topics,
      ({ name }) => name,
      ({ name }) => (all ? undefined : access.refusal('CREATE', 'TOPIC', name)),
    )
    try {
      const asked = { ...request, topics: [...permitted] }
      const { topics, throttleTimeMs } = await withMutationQuota(broker, requestContext, STRICT, ({ take }) =>
        broker.controller.submit((context) => createTopics(context, asked, take)),
      )
      const rows = refused.map(({ item: { name }, error }) => ({
        ...{ name, errorCode: error.code, errorMessage: 'Authorization failed.' },
      }))
      return { throttleTimeMs, topics: [...topics.map((topic) => visible(access, topic)), ...rows] }
    } catch (error) {
      // The answer has no place for an error of the whole request: each topic has it.
      if (!(error instanceof KafkaError)) throw error
      const { code: errorCode, message: errorMessage } = error
      return { topics: request.topics.map(({ name }) => ({ name, errorCode, errorMessage })) }
    }
  })

type Created = ResponseInput<typeof CreateTopics>['topics'][number]

/** Whoever may make a topic need not be allowed to read its configuration. */
const visible = (access: Access, topic: Created): Created =>
  topic.errorCode !== Errors.NONE || access.may('DESCRIBE_CONFIGS', 'TOPIC', topic.name)
    ? topic
    : {
        ...{ name: topic.name, topicId: topic.topicId, errorCode: Errors.NONE, errorMessage: null },
        topicConfigErrorCode: Errors.TOPIC_AUTHORIZATION_FAILED,
      }
