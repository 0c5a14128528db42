import type { BrokerConfig, BrokerProperty } from '../../config/broker.ts'
import { brokerProperties } from '../../config/broker-table.ts'
import { ConfigError, type Property } from '../../config/define.ts'
import { brokerNameOf, groupProperties } from '../../config/group.ts'
import { KafkaError } from '../../protocol/errors.ts'

/** Throws INVALID_CONFIG for a group's property that is unknown, or has a value that it does not take or the broker does not allow. */
export function validateGroupConfigs(configs: ReadonlyMap<string, string>, broker: BrokerConfig): void {
  const table: Readonly<Record<string, Property<unknown>>> = groupProperties
  for (const name of configs.keys()) if (!table[name]) throw refused(`Unknown group config name: ${name}`)
  const values = new Map(Array.from(configs, ([name, text]) => [name, parsed(table[name]!, name, text)]))
  for (const [name, value] of values) if (typeof value === 'number') checkBounds(name, value, broker)
  for (const kind of ['consumer', 'share', 'streams']) checkTimeouts(kind, values, broker)
}

const refused = (sentence: string): KafkaError => new KafkaError('INVALID_CONFIG', sentence)

function parsed(property: Property<unknown>, name: string, text: string): unknown {
  try {
    const value = property.parse(name, text)
    if (name === 'share.auto.offset.reset' && !isResetStrategy(text))
      throw new ConfigError(
        `Invalid value ${text} for configuration ${name}: Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`,
      )
    return value
  } catch (error) {
    throw error instanceof ConfigError ? refused(error.message) : error
  }
}

const isResetStrategy = (text: string): boolean =>
  /^(earliest|latest|by_duration:P(?!$)(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$/i.test(text)

const isBroker = (name: string): name is BrokerProperty => name in brokerProperties

/** What the broker's file says of the least and the most that groups may have. */
function checkBounds(name: string, value: number, broker: BrokerConfig): void {
  const bound = (which: 'min' | 'max') =>
    // A bound has the property's name but for one.
    brokerNameOf(name).replace(/^(group\.\w+)\.(num\.)?/, `$1.${which}.`)
  const [low, high] = [bound('min'), bound('max')]
  if (isBroker(low) && value < Number(broker.get(low))) throw refused(`${name} must be greater than or equal to ${low}`)
  if (isBroker(high) && value > Number(broker.get(high))) throw refused(`${name} must be less than or equal to ${high}`)
}

function checkTimeouts(kind: string, values: ReadonlyMap<string, unknown>, broker: BrokerConfig): void {
  const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`]
  const value = (name: string) => Number(values.get(name) ?? broker.get(brokerNameOf(name) as BrokerProperty))
  if (value(session) <= value(heartbeat)) throw refused(`${session} must be greater than ${heartbeat}`)
}
