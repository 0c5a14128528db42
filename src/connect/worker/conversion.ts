import { type WorkerConfig, withPrefix } from '../config/worker-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { Converter, HeaderConverter } from '../converters/converter.ts'
import { makeConverter, makeHeaderConverter } from '../converters/make-converter.ts'

/** The converters of a task. */
export interface Converters {
  readonly key: Converter
  readonly value: Converter
  readonly header: HeaderConverter
}

/** The connector's own, or the worker's; each with the properties that stand beside its name. Throws `ConfigError`. */
export function convertersOf(worker: WorkerConfig, config: ConnectorConfig): Converters {
  const given = (name: string) => {
    const from = config[name] === undefined ? worker.given : config
    const className = config[name] ?? worker[name as 'key.converter']
    return [className, name, withPrefix(from, `${name}.`)] as const
  }
  return {
    key: makeConverter(...given('key.converter')),
    value: makeConverter(...given('value.converter')),
    header: makeHeaderConverter(...given('header.converter')),
  }
}
