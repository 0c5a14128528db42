import { CreatePartitions } from '../../../protocol/apis/index.ts'
import { createPartitions } from '../../controller/topics.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const createPartitionsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(CreatePartitions, (request) => broker.controller.submit((context) => createPartitions(context, request)))
