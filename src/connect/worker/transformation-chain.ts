import { ConfigError } from '../../config/define.ts'
import { listOf } from '../config/key-errors.ts'
import { withPrefix } from '../config/worker-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import { ConnectError, DataError } from '../data/errors.ts'
import type { StagePlugins, Stages } from '../plugins/stage-plugins.ts'
import type { ConnectRecord } from '../records.ts'
import type { Predicate, Transformation } from '../transforms/transformation.ts'
import { sentenceOf } from './environment.ts'
import { Failed } from './error-handling.ts'
import type { Retries } from './retries.ts'

interface Link {
  readonly className: string
  readonly transformation: Transformation
  readonly predicate: Predicate | undefined
  readonly negate: boolean
}

/** The transformations of a task, one behind the other (KIP-66), each for those records for which its predicate holds (KIP-585). */
export class TransformationChain {
  private constructor(
    private readonly links: readonly Link[],
    private readonly retries: Retries,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Makes and configures what `transforms` and `predicates` name. Throws `ConnectError` for one that cannot be; what had been made by then
   * is closed. `signal` ends waiting for another try.
   */
  static open(config: ConnectorConfig, stages: Stages, retries: Retries, signal: AbortSignal): TransformationChain {
    const links: Link[] = []
    try {
      for (const alias of listOf(config['transforms'] ?? '')) links.push(linkOf(alias, config, stages))
    } catch (error) {
      closeAll(links)
      throw new ConnectError(sentenceOf(error), { cause: error })
    }
    return new TransformationChain(links, retries, signal)
  }

  get isEmpty(): boolean {
    return this.links.length === 0
  }

  /** Another record, the same one, or undefined where it is left out. */
  async apply<R extends ConnectRecord>(record: R): Promise<R | Failed | undefined> {
    let current = record
    for (const link of this.links) {
      const step = () => applied(link, current)
      let next: R | undefined
      try {
        next = step()
      } catch (first) {
        try {
          next = await this.retries.again(first, step, this.signal)
        } catch (error) {
          return new Failed('TRANSFORMATION', error, link.className)
        }
      }
      if (next === undefined) return undefined
      current = next
    }
    return current
  }

  /** Throws the first error, when all are closed. */
  close(): void {
    closeAll(this.links)
  }
}

function applied<R extends ConnectRecord>(
  { transformation, predicate, negate, className }: Link,
  record: R,
): R | undefined {
  if (predicate && predicate.test(record) === negate) return record
  const result = transformation.apply(record)
  if (result === null || result === undefined) return undefined
  if (result === record) return record
  if (typeof (result as { then?: unknown }).then === 'function')
    throw new DataError(`${className} gave a promise: transformations give their record at once.`)
  return { ...record, ...result }
}

function closeAll(links: readonly Link[]): void {
  const errors: unknown[] = []
  for (const { transformation, predicate } of links)
    for (const one of [transformation, predicate]) {
      try {
        one?.close()
      } catch (error) {
        errors.push(error)
      }
    }
  if (errors.length > 0) throw errors[0]
}

function linkOf(alias: string, config: ConnectorConfig, { transformations, predicates }: Stages): Link {
  const prefix = `transforms.${alias}.`
  const [className, transformation] = configured(prefix, config, transformations)
  const named = config[`${prefix}predicate`]?.trim()
  if (named !== undefined && !listOf(config['predicates'] ?? '').includes(named)) {
    transformation.close()
    throw new ConfigError(`There is no predicate ${named}, which ${prefix}predicate names: predicates has to list it.`)
  }
  const negate = config[`${prefix}negate`]?.trim().toLowerCase() === 'true'
  try {
    const predicate = named === undefined ? undefined : configured(`predicates.${named}.`, config, predicates)[1]
    return { className, transformation, predicate, negate }
  } catch (error) {
    transformation.close()
    throw error
  }
}

function configured<T extends Transformation | Predicate>(
  prefix: string,
  config: ConnectorConfig,
  plugins: StagePlugins<T>,
): [className: string, made: T] {
  const type = config[`${prefix}type`] ?? ''
  const plugin = plugins.find(type)
  if (!plugin)
    throw new ConfigError(`Invalid value ${type} for configuration ${prefix}type: Class ${type} could not be found.`)
  const made = plugin.create()
  made.configure(withPrefix(config, prefix))
  return [plugin.className, made]
}
