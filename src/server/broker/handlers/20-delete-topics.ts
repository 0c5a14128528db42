import { DeleteTopics } from '../../../protocol/apis/index.ts'
import { deleteTopics } from '../../controller/topics.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const deleteTopicsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(DeleteTopics, (request) => broker.controller.submit((context) => deleteTopics(context, request)))
