import { Flags, type Interfaces } from '@oclif/core'
import { propertyFlag } from './flags.ts'
import { protoFlags, registryFlags } from './schema-flags.ts'

/** How many records are printed, and how. */
export const recordFlags = {
  'max-messages': Flags.integer({ char: 'n', min: 0, description: 'End after so many records' }),
  'timeout-ms': Flags.integer({ min: 0, description: 'End when nothing came for so long' }),
  print: Flags.string({
    helpValue: 'key,offset,...',
    description: 'Also timestamp, partition, offset, headers, key',
  }),
  format: Flags.string({
    exclusive: ['print', 'formatter', 'output', 'json'],
    helpValue: "'%k %v'",
    description: 'Key %k, value %v, topic %t, partition %p, offset %o, time %T or %d, headers %h, sizes %K %V',
  }),
  'key-deserializer': Flags.string({ description: 'string, long, integer, double, uuid, ..., schema' }),
  'value-deserializer': Flags.string({ description: 'The same for values' }),
  formatter: Flags.string({
    exclusive: ['print'],
    description: 'default, noop, offsets, groupmetadata, transactionlog',
  }),
  ...registryFlags,
  ...protoFlags,
  property: propertyFlag('the consumer'),
}

/** The flags of the native console-consumer. */
export const consumerFlags = {
  pattern: Flags.boolean({ description: 'The name is a regular expression for many topics' }),
  'from-beginning': Flags.boolean({ description: 'Start at the oldest record where the group has no offset' }),
  tail: Flags.integer({
    min: 0,
    exclusive: ['from-beginning', 'from-time', 'offset', 'group'],
    description: 'Start at the last so many records of all partitions together',
  }),
  'from-time': Flags.string({
    exclusive: ['from-beginning', 'offset', 'group'],
    helpValue: 'time',
    description: 'Start at a time: 2026-01-31T12:00:00Z, 2026-01-31, milliseconds since 1970, -1h, -30m',
  }),
  'to-time': Flags.string({
    exclusive: ['group', 'until-end'],
    helpValue: 'time',
    description: 'End before the first record of this time or later in each partition',
  }),
  'until-end': Flags.boolean({ description: 'End where the partitions end now' }),
  group: Flags.string({
    char: 'g',
    exclusive: ['partition'],
    description: 'Group to join [default: one of its own]',
  }),
  partition: Flags.integer({ min: 0, exclusive: ['pattern'], description: 'Only this partition' }),
  offset: Flags.integer({ min: 0, dependsOn: ['partition'], description: 'Start here' }),
  grep: Flags.string({ helpValue: 'regex', description: 'Only records whose value matches' }),
  'filter-key': Flags.string({ helpValue: 'regex', description: 'Only records whose key matches' }),
  'filter-header': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name[=regex]',
    description: 'Only records with this header',
  }),
  'ignore-case': Flags.boolean({ char: 'i', description: 'Filters match whatever the case' }),
  'isolation-level': Flags.string({
    options: ['read_uncommitted', 'read_committed'],
    default: 'read_uncommitted',
    description: 'What of transactions is read',
  }),
  ...recordFlags,
}

interface OutputFlags {
  readonly 'no-headers': boolean
}
export type RecordFlags = Interfaces.InferredFlags<typeof recordFlags> & OutputFlags
export type ConsumerFlags = Interfaces.InferredFlags<typeof consumerFlags> & OutputFlags
