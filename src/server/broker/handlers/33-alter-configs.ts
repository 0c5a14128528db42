import { AlterConfigs } from '../../../protocol/apis/index.ts'
import { alterConfigs } from '../../controller/configs.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const alterConfigsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterConfigs, (request) => broker.controller.submit((context) => alterConfigs(context, request)))
