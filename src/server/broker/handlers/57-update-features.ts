import { UpdateFeatures } from '../../../protocol/apis/index.ts'
import { updateFeatures } from '../../controller/features.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const updateFeaturesHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(UpdateFeatures, (request) => broker.controller.submit((context) => updateFeatures(context, request)))
