import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { warnings } from '../cli/warnings.ts'
import { Consumer } from '../client/index.ts'
import { ConsoleConsume } from '../tools/console/consume.ts'
import { createFormatter } from '../tools/console/formatter.ts'
import { wholeMatch } from '../tools/java/pattern.ts'

export default class ConsoleConsumer extends BaseCommand<typeof ConsoleConsumer> {
  static override summary = 'Print the records of a topic'
  static override description =
    'With --json every record is one line of JSON; keys and values are text, or base64 where they are not UTF-8.'
  static override examples = [
    '<%= config.bin %> console-consumer greetings --from-beginning',
    '<%= config.bin %> console-consumer orders --print key,headers,timestamp --max-messages 10',
    '<%= config.bin %> console-consumer counts --value-deserializer long --group billing',
    '<%= config.bin %> console-consumer orders --partition 0 --offset 100 --json',
    "<%= config.bin %> console-consumer 'orders.*' --pattern --timeout-ms 5000",
  ]
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }) }
  static override flags = {
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

  async run(): Promise<void> {
    const { flags, context } = this
    const formatter = this.formatter()
    const consumer = new Consumer(this.properties(), context.runtime, warnings(context))
    await this.start(consumer)
    const consume = new ConsoleConsume(consumer, context.console, context.runtime, {
      formatter,
      maxMessages: flags['max-messages'],
      timeoutMs: flags['timeout-ms'],
      skipMessageOnError: false,
      onSkipped: () => {},
    })
    const end = await consume.run()
    await consumer.close()
    if ('error' in end) throw end.error
    if (end.reason === 'signal') throw new Exit(signalCode(end.signal))
  }

  private properties() {
    const { flags } = this
    const group = flags.group
    return {
      'client.id': 'console-consumer',
      'isolation.level': flags['isolation-level'],
      'auto.offset.reset': flags['from-beginning'] ? 'earliest' : 'latest',
      'enable.auto.commit': group !== undefined,
      'group.id': group ?? `console-consumer-${this.context.runtime.random.int(100_000)}`,
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
  }

  private formatter() {
    const { flags } = this
    const settings: Record<string, string> = {}
    for (const column of flags.print?.split(',') ?? []) settings[`print.${column.trim()}`] = 'true'
    for (const role of ['key', 'value'] as const) {
      const name = flags[`${role}-deserializer`]
      if (name !== undefined) settings[`${role}.deserializer`] = name
    }
    const complain = (sentence: string) => this.wrongUsage(sentence)
    const name = flags.json ? 'json' : flags.formatter
    return createFormatter(name, { settings, complain }) ?? this.wrongUsage(`There is no formatter ${name}.`)
  }

  private async start(consumer: Consumer): Promise<void> {
    const { flags } = this
    const { topic } = this.args
    const { partition, offset } = flags
    if (partition === undefined) {
      consumer.subscribe(flags.pattern ? wholeMatch(topic) : [topic])
      return
    }
    const where = { topic, partition }
    consumer.assign([where])
    if (offset !== undefined) consumer.seek(where, offset)
    else if (flags['from-beginning']) await consumer.seekToBeginning([where])
    else await consumer.seekToEnd([where])
  }
}
