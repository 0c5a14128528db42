import { string, type Values } from '../../config/define.ts'
import type { WorkerRules } from './validate.ts'
import { readWorkerConfig, type WorkerConfig } from './worker-config.ts'

const table = { 'offset.storage.file.filename': string('') }

export type StandaloneConfig = WorkerConfig & Values<typeof table>

/** Reads the properties of a standalone worker. Throws `ConfigError` in Apache's words. */
export const standaloneConfig = (given: Readonly<Record<string, string>>): StandaloneConfig =>
  readWorkerConfig(given, { table, required: ['offset.storage.file.filename'] })

export const standaloneRules: WorkerRules = {
  exactlyOnceRefusal: 'Standalone workers write at least once: exactly.once.support cannot be required.',
  idle: {
    'standalone workers write at least once, without transactions': [
      'exactly.once.support',
      'transaction.boundary',
      'transaction.boundary.interval.ms',
    ],
    'standalone workers keep offsets in a file': ['offsets.storage.topic'],
  },
}
