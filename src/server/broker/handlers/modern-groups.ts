import { KafkaError } from '../../../protocol/errors.ts'
import type { BrokerServices } from '../services.ts'

/** Throws UNSUPPORTED_VERSION where a protocol of groups is switched off: by its feature, or in the broker's properties. */
export function checkProtocol({ image, config }: BrokerServices, protocol: string, feature: string): void {
  const isOn = config.get('group.coordinator.rebalance.protocols').includes(protocol)
  if (!isOn || (image.features.get(feature) ?? 0) < 1) throw new KafkaError('UNSUPPORTED_VERSION')
}

export const invalid = (sentence: string): KafkaError => new KafkaError('INVALID_REQUEST', sentence)

/** Throws INVALID_REQUEST for a text that is there and empty. */
export function notEmpty(text: string | null, name: string): void {
  if (text?.trim() === '') throw invalid(`${name} can't be empty.`)
}
