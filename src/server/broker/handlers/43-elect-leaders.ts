import { ElectLeaders } from '../../../protocol/apis/index.ts'
import { electLeaders } from '../../controller/elections.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const electLeadersHandler = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(ElectLeaders, (request) => electLeaders(broker.image, request))
