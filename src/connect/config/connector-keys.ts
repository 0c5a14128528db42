import type { ConfigKey } from '../connector.ts'
import { listOf } from './key-errors.ts'

/** Where and how a property is shown by those who edit connectors. */
export interface ConfigKeyView extends ConfigKey {
  readonly group: string | null
  readonly order: number
  readonly width: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG'
  readonly displayName: string
}

type Row = readonly [
  name: string,
  type: ConfigKey['type'],
  fallback: string | null | undefined,
  importance: ConfigKey['importance'],
  order: number,
  width: ConfigKeyView['width'],
  displayName: string,
  documentation: string,
  check?: ConfigKey['check'],
]

const group = (name: string, rows: readonly Row[]): ConfigKeyView[] =>
  rows.map(([key, type, defaultValue, importance, order, width, displayName, documentation, check]) => ({
    name: key,
    type,
    ...(defaultValue === undefined ? {} : { defaultValue }),
    importance,
    group: name,
    order,
    width,
    displayName,
    documentation,
    ...(check ? { check } : {}),
  }))

const atLeast = (low: number) => (value: string) => (Number(value) < low ? `Value must be at least ${low}` : undefined)
const oneOf =
  (...words: readonly string[]) =>
  (value: string) =>
    words.includes(value) ? undefined : `String must be one of: ${words.join(', ')}`
const distinct = (value: string) =>
  new Set(listOf(value)).size < listOf(value).length ? 'Duplicate alias provided.' : undefined
const notEmpty = (value: string) => (value === '' ? 'String may not be empty' : undefined)

/** What every connector has. */
const common = [
  ...group('Common', [
    [
      'name',
      'STRING',
      undefined,
      'HIGH',
      1,
      'MEDIUM',
      'Connector name',
      'The name of the connector, unique in the worker.',
      notEmpty,
    ],
    [
      'connector.class',
      'STRING',
      undefined,
      'HIGH',
      2,
      'LONG',
      'Connector class',
      'The class of the connector: its whole name, or its last part with or without "Connector".',
    ],
    [
      'connector.plugin.version',
      'STRING',
      null,
      'MEDIUM',
      3,
      'MEDIUM',
      'Connector version',
      'The version of the connector: there is one here.',
    ],
    ['tasks.max', 'INT', '1', 'HIGH', 4, 'SHORT', 'Tasks max', 'The most tasks of the connector.', atLeast(1)],
    [
      'tasks.max.enforce',
      'BOOLEAN',
      'true',
      'LOW',
      5,
      'SHORT',
      'Enforce tasks max',
      'Whether a connector that makes more tasks than tasks.max fails.',
    ],
    [
      'key.converter',
      'CLASS',
      null,
      'LOW',
      6,
      'SHORT',
      'Key converter class',
      "Converter of keys; the worker's without one.",
    ],
    [
      'key.converter.plugin.version',
      'STRING',
      null,
      'LOW',
      7,
      'SHORT',
      'Key converter version',
      'The version of the converter: there is one here.',
    ],
    [
      'value.converter',
      'CLASS',
      null,
      'LOW',
      8,
      'SHORT',
      'Value converter class',
      "Converter of values; the worker's without one.",
    ],
    [
      'value.converter.plugin.version',
      'STRING',
      null,
      'LOW',
      9,
      'SHORT',
      'Value converter version',
      'The version of the converter: there is one here.',
    ],
    [
      'header.converter',
      'CLASS',
      null,
      'LOW',
      10,
      'SHORT',
      'Header converter class',
      "Converter of headers; the worker's without one.",
    ],
    [
      'header.converter.plugin.version',
      'STRING',
      null,
      'LOW',
      11,
      'SHORT',
      'Header converter version',
      'The version of the converter: there is one here.',
    ],
  ]),
  ...group('Transforms', [
    [
      'transforms',
      'LIST',
      '',
      'LOW',
      12,
      'LONG',
      'Transforms',
      'Names of transformations, in the order in which records go through them.',
      distinct,
    ],
  ]),
  ...group('Predicates', [
    [
      'predicates',
      'LIST',
      '',
      'LOW',
      13,
      'LONG',
      'Predicates',
      'Names of predicates, which say for which records a transformation is.',
      distinct,
    ],
  ]),
  ...group('Common', [
    [
      'config.action.reload',
      'STRING',
      'restart',
      'LOW',
      14,
      'MEDIUM',
      'Reload Action',
      'What to do when a config provider has another value: there are none here.',
      oneOf('none', 'restart'),
    ],
  ]),
  ...group('Error Handling', [
    [
      'errors.retry.timeout',
      'LONG',
      '0',
      'MEDIUM',
      1,
      'MEDIUM',
      'Retry Timeout for Errors',
      'Milliseconds for which a transformation that failed with a RetriableError is tried again; -1 is without end.',
    ],
    [
      'errors.retry.delay.max.ms',
      'LONG',
      '60000',
      'MEDIUM',
      2,
      'MEDIUM',
      'Maximum Delay Between Retries for Errors',
      'The longest pause between two such tries.',
    ],
    [
      'errors.tolerance',
      'STRING',
      'none',
      'MEDIUM',
      3,
      'SHORT',
      'Error Tolerance',
      'Whether a record that cannot be converted or written ends the task (none) or is left out (all).',
      oneOf('none', 'all'),
    ],
    [
      'errors.log.enable',
      'BOOLEAN',
      'false',
      'MEDIUM',
      4,
      'SHORT',
      'Log Errors',
      'Whether records that are left out are logged.',
    ],
    [
      'errors.log.include.messages',
      'BOOLEAN',
      'false',
      'MEDIUM',
      5,
      'SHORT',
      'Log Error Details',
      'Whether the log says which record it was.',
    ],
  ]),
]

export const sourceKeys: readonly ConfigKeyView[] = [
  ...common,
  ...group('Topic Creation', [
    [
      'topic.creation.groups',
      'LIST',
      '',
      'LOW',
      1,
      'LONG',
      'Topic Creation Groups',
      'Names of groups of topics that are made with properties of their own.',
      distinct,
    ],
  ]),
  ...group('Exactly Once Support', [
    [
      'exactly.once.support',
      'STRING',
      'requested',
      'MEDIUM',
      2,
      'SHORT',
      'Exactly once support',
      'Standalone workers write at least once: "required" is refused.',
      oneOf('requested', 'required'),
    ],
    [
      'transaction.boundary',
      'STRING',
      'poll',
      'MEDIUM',
      3,
      'SHORT',
      'Transaction Boundary',
      'Of workers that write exactly once.',
      oneOf('poll', 'interval', 'connector'),
    ],
    [
      'transaction.boundary.interval.ms',
      'LONG',
      null,
      'LOW',
      4,
      'SHORT',
      'Transaction boundary interval',
      'Of workers that write exactly once.',
    ],
  ]),
  ...group('offsets.topic', [
    ['offsets.storage.topic', 'STRING', null, 'LOW', 1, 'LONG', 'Offsets topic', 'Of distributed workers.'],
  ]),
]

export const sinkKeys: readonly ConfigKeyView[] = [
  ...common,
  ...group('Common', [
    ['topics', 'LIST', '', 'HIGH', 4, 'LONG', 'Topics', 'The topics to read.'],
    ['topics.regex', 'STRING', '', 'HIGH', 4, 'LONG', 'Topics regex', 'A pattern for the names of topics to read.'],
  ]),
  ...group('Error Handling', [
    [
      'errors.deadletterqueue.topic.name',
      'STRING',
      '',
      'MEDIUM',
      6,
      'MEDIUM',
      'Dead Letter Queue Topic Name',
      'The topic for records that are left out.',
    ],
    [
      'errors.deadletterqueue.topic.replication.factor',
      'SHORT',
      '3',
      'MEDIUM',
      7,
      'MEDIUM',
      'Dead Letter Queue Topic Replication Factor',
      'Of that topic, when it is made.',
    ],
    [
      'errors.deadletterqueue.context.headers.enable',
      'BOOLEAN',
      'false',
      'MEDIUM',
      8,
      'MEDIUM',
      'Enable Error Context Headers',
      'Whether headers of such a record say what was wrong.',
    ],
  ]),
]

/** A connector's own properties stand last, without a place of theirs. */
export const ownKey = (key: ConfigKey): ConfigKeyView => ({
  ...key,
  group: null,
  order: -1,
  width: 'NONE',
  displayName: key.name,
})
