import { Flags } from '@oclif/core'
import { parsePairs } from '../cli/client-config.ts'
import { Exit, signalCode } from '../cli/exit.ts'
import { BaseCommand } from '../cli/native/base-command.ts'
import { propertyFlag, topicArgument } from '../cli/native/flags.ts'
import { untilSignal } from '../cli/until-signal.ts'
import { warnings } from '../cli/warnings.ts'
import { ShareConsumer } from '../client/index.ts'
import { acknowledgementModes, VerifiableShare } from '../tools/verifiable/consume-share.ts'
import { EventLines } from '../tools/verifiable/events.ts'

export default class VerifiableShareConsumer extends BaseCommand<typeof VerifiableShareConsumer> {
  static override summary = 'Read a topic as a member of a share group and tell of records and acknowledgements'
  static override description = 'Prints lines of JSON, for tests of a cluster.'
  static override examples = [
    '<%= config.bin %> verifiable-share-consumer load --group checks --max-messages 10 --verbose',
  ]
  static override args = topicArgument
  static override flags = {
    group: Flags.string({ char: 'g', required: true, description: 'Share group of the consumer' }),
    'max-messages': Flags.integer({ char: 'n', min: 0, description: 'Records to read [default: until Ctrl-C]' }),
    verbose: Flags.boolean({ description: 'Tell of every record' }),
    acknowledge: Flags.option({
      options: acknowledgementModes,
      default: 'auto' as const,
      description: 'With the next poll, after each poll, or after each poll without waiting',
    })(),
    property: propertyFlag('the consumer'),
  }

  async run(): Promise<void> {
    const { flags, context } = this
    this.onlyTextOrJson()
    await this.checkReachable()
    const properties = {
      ...this.clientSettings(),
      ...parsePairs(flags.property ?? []),
      'group.id': flags.group,
      'share.acknowledgement.mode': 'implicit',
    }
    const consumer = new ShareConsumer(properties, context.runtime, warnings(context))
    const events = new EventLines(context.runtime.clock, (text) => context.console.out(text))
    const verifiable = new VerifiableShare(consumer, events, {
      topic: this.args.topic,
      maxMessages: flags['max-messages'],
      mode: flags.acknowledge,
      verbose: flags.verbose,
    })
    events.emit('startup_complete')
    const { signal } = await untilSignal(context.console, (stop) => verifiable.run(stop))
    if (signal !== undefined) throw new Exit(signalCode(signal))
  }
}
