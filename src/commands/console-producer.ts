import { Args, Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, exitCode, signalCode } from '../cli/exit.ts'
import { lostRecords } from '../cli/lost-records.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { warnings } from '../cli/warnings.ts'
import { Producer } from '../client/index.ts'
import { CONSOLE_BATCH_BYTES, ConsoleProduce } from '../tools/console/produce.ts'

export default class ConsoleProducer extends BaseCommand<typeof ConsoleProducer> {
  static override summary = 'Send every line of standard input to a topic'
  static override examples = [
    'echo hello | <%= config.bin %> console-producer greetings',
    '<%= config.bin %> console-producer orders --key-separator : < orders.txt',
    '<%= config.bin %> console-producer orders --compression zstd --property linger.ms=100',
  ]
  static override args = { topic: Args.string({ ignoreStdin: true, required: true, description: 'Name of the topic' }) }
  static override flags = {
    'key-separator': Flags.string({ char: 'k', description: 'Lines are key and value with this between them' }),
    headers: Flags.boolean({ description: 'Lines begin with headers and a tab: h1:v1,h2:v2' }),
    'null-marker': Flags.string({ description: 'Text that stands for null' }),
    compression: Flags.string({
      options: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
      description: 'Codec',
    }),
    sync: Flags.boolean({ description: 'Wait for every record before the next line' }),
    property: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'name=value',
      description: 'Property of the producer',
    }),
  }

  async run(): Promise<void> {
    const { topic } = this.args
    const { 'key-separator': separator, 'null-marker': marker, headers, sync, compression } = this.flags
    const readerSettings = {
      ...(separator === undefined ? {} : { 'parse.key': 'true', 'key.separator': separator }),
      ...(headers ? { 'parse.headers': 'true' } : {}),
      ...(marker === undefined ? {} : { 'null.marker': marker }),
    }
    const properties = {
      'client.id': 'console-producer',
      'batch.size': String(CONSOLE_BATCH_BYTES),
      'compression.type': compression,
      ...this.clientSettings(),
      ...parsePairs(this.flags.property ?? []),
    }
    const producer = new Producer(properties, this.context.runtime, warnings(this.context))
    const lost = lostRecords(this.context)
    const produce = new ConsoleProduce(producer, this.context.console, this.context.runtime, {
      topic,
      readerSettings,
      sync,
      onLost: lost.report,
    })
    try {
      const signal = await produce.run()
      if (signal !== undefined) throw new Exit(signalCode(signal))
    } finally {
      await producer.close()
    }
    await this.output.fields({ topic, lines: produce.count, lost: lost.count }, () => {})
    if (lost.any) throw new Exit(exitCode.failed)
  }
}
