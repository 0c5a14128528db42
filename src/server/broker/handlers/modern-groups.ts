import { KafkaError } from '../../../protocol/errors.ts'
import type { Access } from '../access/access.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'

/** Throws UNSUPPORTED_VERSION where a protocol of groups is switched off: by its feature, or in the broker's properties. */
export function checkProtocol({ image, config }: BrokerServices, protocol: string, feature: string): void {
  const isOn = config.get('group.coordinator.rebalance.protocols').includes(protocol)
  if (!isOn || (image.features.get(feature) ?? 0) < 1) throw new KafkaError('UNSUPPORTED_VERSION')
}

/** Throws TOPIC_AUTHORIZATION_FAILED when a description of a group would tell of topics that the sender may not know. */
export function checkTopics(
  access: Access,
  topics: Iterable<string>,
  sentence = 'The group has described topic(s) that the client is not authorized to describe.',
): void {
  for (const topic of new Set(topics))
    if (access.refusal('DESCRIBE', 'TOPIC', topic)) throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', sentence)
}

/** What is told of a group that cannot be described: neither what may be done with it nor, for some errors, more than the code. */
export const undescribed = (groupId: string, { code, error, message }: KafkaError) => ({
  ...{ groupId, errorCode: code, authorizedOperations: OPERATIONS_NOT_ASKED },
  errorMessage: error === 'INVALID_GROUP_ID' || error === 'GROUP_AUTHORIZATION_FAILED' ? null : message,
})

/** Throws TOPIC_AUTHORIZATION_FAILED unless a member may know all topics that it wants to read. */
export function checkSubscription(access: Access, topics: readonly string[]): void {
  const refused = topics.filter((topic) => access.refusal('DESCRIBE', 'TOPIC', topic))
  if (refused.length > 0) throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
}

export const invalid = (sentence: string): KafkaError => new KafkaError('INVALID_REQUEST', sentence)

/** Throws INVALID_REQUEST for a text that is there and empty. */
export function notEmpty(text: string | null, name: string): void {
  if (text?.trim() === '') throw invalid(`${name} can't be empty.`)
}
