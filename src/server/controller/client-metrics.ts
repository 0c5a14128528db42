import { clientMetricsProperties, intervalRange, selectorNames } from '../../config/client-metrics.ts'
import { ConfigError, type Property } from '../../config/define.ts'
import { KafkaError } from '../../protocol/errors.ts'

/** Throws for what a subscription to clients' metrics (KIP-714) cannot have. They are stored; clients are not told of them yet. */
export function validateClientMetrics(configs: ReadonlyMap<string, string>): void {
  for (const [name, text] of configs) {
    const property = (clientMetricsProperties as Record<string, Property<unknown>>)[name]
    if (!property) throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`)
    const value = parsed(property, name, text)
    if (name === 'interval.ms') checkInterval(Number(value))
    if (name === 'match') for (const selector of value as readonly string[]) checkSelector(selector)
  }
}

function parsed(property: Property<unknown>, name: string, text: string): unknown {
  try {
    return property.parse(name, text)
  } catch (error) {
    throw error instanceof ConfigError ? new KafkaError('INVALID_CONFIG', error.message) : error
  }
}

function checkInterval(interval: number): void {
  const { min, max } = intervalRange
  if (interval < min || interval > max)
    throw new KafkaError(
      'INVALID_REQUEST',
      `Invalid value ${interval} for interval.ms, interval must be between ${min} and ${max} (1 hour)`,
    )
}

function checkSelector(text: string): void {
  const [name = '', pattern, more] = text.split('=')
  if (pattern !== undefined && more === undefined && selectorNames.includes(name.trim()) && isPattern(pattern)) return
  throw new KafkaError('INVALID_CONFIG', `Illegal client matching pattern: ${text}`)
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
