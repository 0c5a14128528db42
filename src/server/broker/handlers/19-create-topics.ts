import { CreateTopics } from '../../../protocol/apis/index.ts'
import { createTopics } from '../../controller/topics.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const createTopicsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(CreateTopics, (request) => broker.controller.submit((context) => createTopics(context, request)))
