import { Flags, type Interfaces } from '@oclif/core'
import type { Consumer } from '../../client/index.ts'
import { createFormatter, type MessageFormatter } from '../../tools/console/formatter.ts'
import { createRecordForm } from '../../tools/console/record-forms.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import { wholeMatch } from '../../tools/java/pattern.ts'
import type { OutputFormat } from './output.ts'

/** The flags of the native console-consumer. */
export const consumerFlags = {
  pattern: Flags.boolean({ description: 'The name is a regular expression for many topics' }),
  'from-beginning': Flags.boolean({ description: 'Start at the oldest record where the group has no offset' }),
  group: Flags.string({
    char: 'g',
    exclusive: ['partition'],
    description: 'Group to join [default: one of its own]',
  }),
  partition: Flags.integer({ min: 0, exclusive: ['pattern'], description: 'Only this partition' }),
  offset: Flags.integer({ min: 0, dependsOn: ['partition'], description: 'Start here' }),
  'max-messages': Flags.integer({ char: 'n', min: 0, description: 'End after so many records' }),
  'timeout-ms': Flags.integer({ min: 0, description: 'End when nothing came for so long' }),
  'isolation-level': Flags.string({
    options: ['read_uncommitted', 'read_committed'],
    default: 'read_uncommitted',
    description: 'What of transactions is read',
  }),
  print: Flags.string({
    helpValue: 'key,offset,...',
    description: 'Also timestamp, partition, offset, headers, key',
  }),
  'key-deserializer': Flags.string({ description: 'string, long, integer, double, uuid, ...' }),
  'value-deserializer': Flags.string({ description: 'The same for values' }),
  formatter: Flags.string({
    default: 'default',
    description: 'default, noop, offsets, groupmetadata, transactionlog',
  }),
  property: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name=value',
    description: 'Property of the consumer',
  }),
}

type ConsumerFlags = Interfaces.InferredFlags<typeof consumerFlags> & { readonly 'no-headers': boolean }

/** The formatter that the flags ask for; undefined when there is none of that name. */
export async function chooseFormatter(flags: ConsumerFlags, form: OutputFormat): Promise<MessageFormatter | undefined> {
  if (form !== 'text') {
    const names = { key: flags['key-deserializer'], value: flags['value-deserializer'] }
    return createRecordForm(form, names, !flags['no-headers'])
  }
  const settings: Record<string, string> = {}
  for (const column of flags.print?.split(',') ?? []) settings[`print.${column.trim()}`] = 'true'
  for (const role of ['key', 'value'] as const) {
    const name = flags[`${role}-deserializer`]
    if (name !== undefined) settings[`${role}.deserializer`] = name
  }
  const complain = (sentence: string) => {
    throw new InvalidRequest(sentence)
  }
  return createFormatter(flags.formatter, { settings, complain })
}

/** Points a consumer at its topics, or at one partition and an offset in it. */
export function startConsumer(consumer: Consumer, topic: string, flags: ConsumerFlags): void {
  const { partition, offset } = flags
  if (partition === undefined) {
    consumer.subscribe(flags.pattern ? wholeMatch(topic) : [topic])
    return
  }
  const where = { topic, partition }
  consumer.assign([where])
  if (offset !== undefined) consumer.seek(where, offset)
  else if (flags['from-beginning']) consumer.seekToBeginning([where])
  else consumer.seekToEnd([where])
}
