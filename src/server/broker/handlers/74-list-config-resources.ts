import { ListConfigResources } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { ResourceType } from '../../metadata/image.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

const known: readonly number[] = Object.values(ResourceType)

export function listConfigResources(broker: BrokerServices): Handler {
  return handler(ListConfigResources, ({ resourceTypes }, { version, access }) => {
    access.check('DESCRIBE_CONFIGS', 'CLUSTER')
    // Before version 1 the call was ListClientMetricsResources.
    const wanted = version === 0 ? [ResourceType.clientMetrics] : resourceTypes.length > 0 ? resourceTypes : known
    if (wanted.some((type) => !known.includes(type)))
      return { throttleTimeMs: 0, errorCode: Errors.UNSUPPORTED_VERSION, configResources: [] }
    const configResources = wanted.flatMap((type) =>
      names(broker, type).map((resourceName) => ({ resourceName, resourceType: type })),
    )
    return { throttleTimeMs: 0, errorCode: Errors.NONE, configResources }
  })
}

function names({ image }: BrokerServices, type: number): string[] {
  if (type === ResourceType.topic) return [...image.topics.keys()]
  if (type === ResourceType.broker || type === ResourceType.brokerLogger) return [...image.brokers.keys()].map(String)
  return [...image.configs.keys()].flatMap((key) =>
    key.startsWith(`${type}:`) ? [key.slice(key.indexOf(':') + 1)] : [],
  )
}
