import type { KafkaError } from '../../../protocol/errors.ts'
import { ResourceType } from '../../metadata/image.ts'
import type { Access } from './access.ts'

interface ConfigResource {
  readonly resourceType: number
  readonly resourceName: string
}

/** What keeps somebody from reading or changing the configuration of a resource; that of brokers and of subscriptions is the cluster's. */
export function configRefusal(
  access: Access,
  operation: 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS',
  { resourceType, resourceName }: ConfigResource,
): KafkaError | undefined {
  switch (resourceType) {
    case ResourceType.topic:
      return access.refusal(operation, 'TOPIC', resourceName)
    case ResourceType.group:
      return access.refusal(operation, 'GROUP', resourceName)
    case ResourceType.broker:
    case ResourceType.brokerLogger:
    case ResourceType.clientMetrics:
      return access.refusal(operation, 'CLUSTER')
    default:
      // What is no resource is told so by whoever looks at it.
      return undefined
  }
}
