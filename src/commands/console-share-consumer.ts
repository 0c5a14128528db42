import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { chooseFormatter, chooseReaders } from '../cli/native/consume.ts'
import { recordFlags } from '../cli/native/consume-flags.ts'
import { topicArgument } from '../cli/native/flags.ts'
import { withGroupsOf } from '../cli/native/group-views.ts'
import { warnings } from '../cli/warnings.ts'
import { type Acknowledgement, ShareConsumer } from '../client/index.ts'
import { ShareConsume } from '../tools/console/share-consume.ts'

const acknowledgements = ['accept', 'release', 'reject'] as const

export default class ConsoleShareConsumer extends BaseCommand<typeof ConsoleShareConsumer> {
  static override summary = 'Print the records of a topic as a member of a share group'
  static override description =
    'Each record goes to one member of the group. What was printed is done with, unless --acknowledge says otherwise.'
  static override examples = [
    '<%= config.bin %> console-share-consumer orders --group jobs --max-messages 10',
    '<%= config.bin %> console-share-consumer orders --group jobs --acknowledge release --print delivery,key --timeout-ms 5000',
    '<%= config.bin %> console-share-consumer orders --group jobs --timeout-ms 5000 --json',
  ]
  static override args = topicArgument
  static override flags = {
    group: Flags.string({ char: 'g', required: true, description: 'Share group to join' }),
    acknowledge: Flags.option({
      options: acknowledgements,
      default: 'accept' as Acknowledgement,
      description: 'Whether printed records are done with, go back to the group, or are given to nobody again',
    })(),
    'reject-unreadable': Flags.boolean({ description: 'Reject records that cannot be read, instead of ending' }),
    ...recordFlags,
    print: Flags.string({
      helpValue: 'key,delivery,...',
      description: 'Also timestamp, partition, offset, delivery, headers, key',
    }),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    const readers = await chooseReaders(flags, context, () => this.clientSettings())
    const formatter = await chooseFormatter(flags, this.output.format, context, readers)
    await this.checkReachable()
    const consumer = new ShareConsumer(this.properties(), context.runtime, warnings(context))
    const consume = new ShareConsume(consumer, context.console, context.runtime, {
      formatter,
      prepare: readers.prepare,
      acknowledgement: flags.acknowledge,
      maxMessages: flags['max-messages'],
      timeoutMs: flags['timeout-ms'],
      onRejected: flags['reject-unreadable']
        ? ({ message }) => context.console.error(`Rejected: ${message}\n`)
        : undefined,
    })
    consumer.subscribe([this.args.topic])
    try {
      const end = await consume.run()
      if (end.reason === 'signal') throw new Exit(signalCode(end.signal))
      if ('error' in end) await withGroupsOf('share', () => Promise.reject(end.error))
    } finally {
      await consumer.close()
    }
  }

  private properties() {
    return {
      'client.id': 'console-share-consumer',
      ...this.clientSettings(),
      ...parsePairs(this.flags.property ?? []),
      'group.id': this.flags.group,
      'share.acknowledgement.mode': 'explicit',
    }
  }
}
