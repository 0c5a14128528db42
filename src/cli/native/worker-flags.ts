import { Flags } from '@oclif/core'
import { loadProperties, parsePairs } from '../client-config.ts'
import type { Context } from '../context.ts'

/** Flags of commands that run a worker of Connect. */
export const workerFlags = {
  override: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name=value',
    description: "Property that wins over the worker's file",
  }),
}

interface Given {
  /** The worker's file. */
  readonly file: string | undefined
  readonly servers: string | undefined
  readonly override: readonly string[] | undefined
}

/** Properties of a worker: of its file, or `embedded` without one; those of flags win. */
export function workerSettings(
  { file, servers, override }: Given,
  embedded: () => Record<string, string>,
  context: Context,
): Record<string, string> {
  return {
    ...(file === undefined ? embedded() : loadProperties(context.runtime, file)),
    ...(servers === undefined ? {} : { 'bootstrap.servers': servers }),
    ...parsePairs(override ?? []),
  }
}

/** What a worker for one person at one machine writes and where its REST is. */
export const embeddedWorker: Readonly<Record<string, string>> = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'offset.flush.interval.ms': '10000',
  listeners: 'http://localhost:8083',
}
