import { CreateTopics } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { createTopics } from '../../controller/topics.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const createTopicsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(CreateTopics, async (request) => {
    try {
      return await broker.controller.submit((context) => createTopics(context, request))
    } catch (error) {
      // The answer has no place for an error of the whole request: each topic has it.
      if (!(error instanceof KafkaError)) throw error
      const { code: errorCode, message: errorMessage } = error
      return { topics: request.topics.map(({ name }) => ({ name, errorCode, errorMessage })) }
    }
  })
