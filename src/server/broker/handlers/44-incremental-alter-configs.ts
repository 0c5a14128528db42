import { IncrementalAlterConfigs } from '../../../protocol/apis/index.ts'
import { incrementalAlterConfigs } from '../../controller/configs.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const incrementalAlterConfigsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(IncrementalAlterConfigs, (request) =>
    broker.controller.submit((context) => incrementalAlterConfigs(context, request)),
  )
