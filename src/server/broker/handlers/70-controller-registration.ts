import { ControllerRegistration } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { controllerRegistration } from '../../controller/controller-registration.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** A controller of the quorum has started (KIP-919). */
export const controllerRegistrationHandler = ({ controller }: Pick<BrokerServices, 'controller'>): Handler =>
  handler(ControllerRegistration, async (request, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    await controller.submit((context) => controllerRegistration(context, request))
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null }
  })
