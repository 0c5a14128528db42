import { DescribeConfigs } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { topicNameComplaint } from '../../controller/topic-name.ts'
import {
  brokerEntries,
  type ConfigEntry,
  clientMetricsEntries,
  clusterEntries,
  groupEntries,
  topicEntries,
} from '../../metadata/effective-config.ts'
import { ResourceType } from '../../metadata/image.ts'
import { configRefusal } from '../access/config-resources.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

type Services = Pick<BrokerServices, 'image' | 'config'>

export function describeConfigs(broker: Services): Handler {
  return handler(DescribeConfigs, (request, { access }) => ({
    throttleTimeMs: 0,
    results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
      const resource = { resourceType, resourceName }
      return attempt(
        () => {
          const refusal = configRefusal(access, 'DESCRIBE_CONFIGS', resource)
          if (refusal) throw refusal
          const wanted = configurationKeys && configurationKeys.length > 0 ? new Set(configurationKeys) : undefined
          const entries = entriesOf(broker, resourceType, resourceName).filter(({ name }) => wanted?.has(name) ?? true)
          const configs = entries.map((entry) => describe(entry, request.includeSynonyms))
          return { ...resource, errorCode: Errors.NONE as number, errorMessage: '', configs }
        },
        (error) => ({ ...resource, errorCode: error.code, errorMessage: error.message, configs: [] }),
      )
    }),
  }))
}

function entriesOf({ image, config }: Services, type: number, name: string): ConfigEntry[] {
  switch (type) {
    case ResourceType.topic: {
      const complaint = topicNameComplaint(name)
      if (complaint) throw new KafkaError('INVALID_TOPIC_EXCEPTION', complaint)
      // Said by the code alone.
      if (!image.topics.has(name)) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', '')
      return topicEntries(image, config, name)
    }
    case ResourceType.broker:
      if (name === '') return clusterEntries(image)
      if (Number(name) !== config.nodeId)
        throw new KafkaError(
          'INVALID_REQUEST',
          `Unexpected broker id, expected ${config.nodeId} or empty string, but received ${name}`,
        )
      return brokerEntries(image, config)
    case ResourceType.brokerLogger:
      return []
    case ResourceType.clientMetrics:
      if (name === '') throw new KafkaError('INVALID_REQUEST', 'Client metrics subscription name must not be empty')
      return clientMetricsEntries(image, name)
    case ResourceType.group:
      if (name === '') throw new KafkaError('INVALID_REQUEST', 'Group name must not be empty')
      return groupEntries(image, config, name)
    default:
      return []
  }
}

function describe(entry: ConfigEntry, includeSynonyms: boolean) {
  return {
    name: entry.name,
    value: entry.value,
    readOnly: entry.readOnly,
    configSource: entry.source,
    isSensitive: entry.sensitive,
    synonyms: includeSynonyms ? entry.synonyms : [],
    configType: entry.type,
    documentation: null,
  }
}
