import type { ClientHooks } from '../../client/index.ts'
import type { ConfigProviders } from '../../config/config-providers.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { SourceOffsets } from '../offsets/source-offsets.ts'
import type { Stages } from '../plugins/stage-plugins.ts'

export type Log = (level: 'INFO' | 'WARN' | 'ERROR', line: string) => void

/** What all tasks of a worker share. */
export interface Environment {
  readonly config: WorkerConfig
  readonly runtime: Runtime
  readonly offsets: SourceOffsets
  readonly hooks: ClientHooks
  readonly log: Log
  /** Connectors may name what these give. */
  readonly providers: ConfigProviders
  /** The transformations and predicates that there are. */
  stages(): Stages
}

/** What a failure says, with where it comes from: REST shows it as the trace. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? own : `${own}\nCaused by: ${traceOf(error.cause)}`
}

export const sentenceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error
    ? `${error.message.replace(/: $/, '')}: ${sentenceOf(error.cause)}`
    : error.message
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
