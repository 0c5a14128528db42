import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { untilSignal } from '../cli/until-signal.ts'
import { warnings } from '../cli/warnings.ts'
import { Consumer } from '../client/index.ts'
import { VerifiableConsume } from '../tools/verifiable/consume.ts'
import { EventLines } from '../tools/verifiable/events.ts'

export default class VerifiableConsumer extends BaseCommand<typeof VerifiableConsumer> {
  static override summary = 'Read a topic as a member of a group and tell of assignments, records and commits'
  static override description = 'Prints lines of JSON, for tests of a cluster.'
  static override examples = ['<%= config.bin %> verifiable-consumer load --group checks --max-messages 10 --verbose']
  static override args = topicArgument
  static override flags = {
    group: Flags.string({ char: 'g', required: true, description: 'Group of the consumer' }),
    'max-messages': Flags.integer({ char: 'n', min: 0, description: 'Records to read [default: until Ctrl-C]' }),
    verbose: Flags.boolean({ description: 'Tell of every record' }),
    'auto-commit': Flags.boolean({ description: 'Commit every five seconds instead of after every poll' }),
    reset: Flags.string({
      default: 'earliest',
      description: 'Where to begin without an offset: earliest, latest or none',
    }),
    property: propertyFlag('the consumer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    this.onlyTextOrJson()
    await this.checkReachable()
    const properties = {
      'group.id': flags.group,
      'auto.offset.reset': flags.reset,
      'enable.auto.commit': flags['auto-commit'],
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
    }
    const consumer = new Consumer(properties, context.runtime, warnings(context))
    const events = new EventLines(context.runtime.clock, (text) => context.console.out(text))
    const consume = new VerifiableConsume(consumer, events, {
      topic: this.args.topic,
      maxMessages: flags['max-messages'] ?? -1,
      verbose: flags.verbose,
      commits: !flags['auto-commit'],
    })
    const { signal } = await untilSignal(context.console, (stop) => consume.run(stop))
    if (signal !== undefined) throw new Exit(signalCode(signal))
  }
}
