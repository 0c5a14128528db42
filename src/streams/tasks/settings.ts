import { ConfigError } from '../../config/define.ts'
import type { StreamsValues } from '../../config/streams.ts'
import { StreamsError } from '../errors.ts'
import type { Serde, SerdePair } from '../serde.ts'
import { serdeOfClass } from '../serdes.ts'

/** The time of a record: what the record says, the largest time of the partition so far (-1 at first), and the time on the wall. */
export type TimestampExtractor = (timestamp: number, partitionTime: number, now: number) => number

/** What tasks have to know of the properties. */
export interface TaskSettings {
  readonly applicationId: string
  readonly serdes: SerdePair
  readonly extractor: TimestampExtractor
  /** Whether a record whose bytes cannot be read ends the application; otherwise it is told of and left out. */
  readonly failsOnBadBytes: boolean
  readonly bufferedRecords: number
  /** How long a task with an empty input waits for it, in milliseconds; -1 for not at all. */
  readonly idleMs: number
  readonly cacheBytes: number
  /** How often it is looked for windows that have closed, in milliseconds. */
  readonly emitIntervalMs: number
}

const named = <T>(property: string, name: string, table: Readonly<Record<string, T>>): T => {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined)
    throw new ConfigError(`Invalid value ${name} for configuration ${property}: Class ${name} could not be found.`)
  return found
}

const extractors: Readonly<Record<string, TimestampExtractor>> = {
  'org.apache.kafka.streams.processor.FailOnInvalidTimestamp': (timestamp) => {
    if (timestamp >= 0) return timestamp
    throw new StreamsError(`Input record has invalid (negative) timestamp ${timestamp}.`)
  },
  'org.apache.kafka.streams.processor.LogAndSkipOnInvalidTimestamp': (timestamp) => timestamp,
  'org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp': (timestamp, partitionTime) =>
    timestamp >= 0 ? timestamp : partitionTime,
  'org.apache.kafka.streams.processor.WallclockTimestampExtractor': (_timestamp, _partitionTime, now) => now,
}

const handlers: Readonly<Record<string, boolean>> = {
  'org.apache.kafka.streams.errors.LogAndFailExceptionHandler': true,
  'org.apache.kafka.streams.errors.LogAndContinueExceptionHandler': false,
}

function serde(
  property: 'default.key.serde' | 'default.value.serde',
  values: StreamsValues,
): Serde<unknown> | undefined {
  const name = values[property]
  if (name === null) return undefined
  const found = serdeOfClass(name)
  if (!found)
    throw new ConfigError(`Invalid value ${name} for configuration ${property}: Class ${name} could not be found.`)
  return found
}

/** Throws `ConfigError` for a class that is not there. */
export function taskSettings(values: StreamsValues, given: (name: string) => boolean): TaskSettings {
  const handler = 'deserialization.exception.handler'
  const handlerName = values[`default.${handler}`]
  const cache = given('statestore.cache.max.bytes') ? 'statestore.cache.max.bytes' : 'cache.max.bytes.buffering'
  return {
    applicationId: values['application.id'],
    serdes: { key: serde('default.key.serde', values), value: serde('default.value.serde', values) },
    extractor: named('default.timestamp.extractor', values['default.timestamp.extractor'], extractors),
    failsOnBadBytes: named(handler, given(handler) || handlerName === null ? values[handler] : handlerName, handlers),
    bufferedRecords: values['buffered.records.per.partition'],
    idleMs: values['max.task.idle.ms'],
    cacheBytes: values[cache],
    emitIntervalMs: values['__emit.interval.ms.kstreams.windowed.aggregation__'],
  }
}
