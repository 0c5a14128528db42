import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { readResetTarget } from '../../cli/native/reset-target.ts'
import { KafkaError } from '../../client/index.ts'
import { setOffsets } from '../../tools/groups/list.ts'
import { InvalidRequest, OffsetReset } from '../../tools/groups/reset.ts'

export default class ConsumerGroupsResetOffsets extends BaseCommand<typeof ConsumerGroupsResetOffsets> {
  static override summary = 'Move the offsets of a group that has no active members'
  static override description = 'Shows the new offsets; only --execute sets them.'
  static override examples = [
    '<%= config.bin %> consumer-groups reset-offsets billing --topic orders --to earliest',
    '<%= config.bin %> consumer-groups reset-offsets billing --topic orders:0,1 --to -10 --execute',
    '<%= config.bin %> consumer-groups reset-offsets billing --all-topics --to 2026-01-31T12:00:00 --execute',
    '<%= config.bin %> consumer-groups reset-offsets billing --all-topics --to -PT1H',
    '<%= config.bin %> consumer-groups reset-offsets billing --to @plan.csv --execute',
  ]
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group id' }) }
  static override flags = {
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'topic[:0,1]',
      description: 'Topic, or some of its partitions',
    }),
    'all-topics': Flags.boolean({ exclusive: ['topic'], description: 'All topics with offsets of the group' }),
    to: Flags.string({
      required: true,
      description: 'earliest, latest, current, 42, +10, -10, a time, -PT1H or @plan.csv',
    }),
    execute: Flags.boolean({ description: 'Set the offsets' }),
  }

  /** `--to -PT1H` is an age. The parser would take it for `-P`, a profile, but for the blank in front. */
  override async init(): Promise<void> {
    this.argv = this.argv.map((word, i) =>
      this.argv[i - 1] === '--to' && /^-P/i.test(word) ? ` ${word}` : word.replace(/^--to=(?=-P)/i, '--to= '),
    )
    await super.init()
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { execute } = this.flags
    const target = readResetTarget(this.flags.to.trim(), group, this.context)
    const scope = { allTopics: this.flags['all-topics'], topics: this.flags.topic ?? [] }
    if (target.to !== 'plan' && !scope.allTopics && scope.topics.length === 0)
      this.wrongUsage('Give --topic or --all-topics.')
    const say = (sentence: string) => this.context.console.error(`${sentence}\n`)
    const notices = {
      empty: (at: { topic: string; partition: number }) =>
        say(`No record of ${at.topic}-${at.partition} is that young: its end is taken.`),
      moved: say,
      noPlan: () => {
        throw new InvalidRequest(`The plan has no line for group ${group}.`)
      },
    }
    const offsets = await this.withAdmin(`Resetting ${group}`, async (admin) => {
      const found = (await admin.describeConsumerGroups([group])).get(group)
      if (found instanceof KafkaError && found.error !== 'GROUP_ID_NOT_FOUND') throw found
      if (found && !(found instanceof KafkaError) && found.state !== 'Empty' && found.state !== 'Dead')
        throw new Error(`Group ${group} is ${found.state}: stop its members first.`)
      const plan = (await new OffsetReset(admin, scope, target, notices).plan(group)) ?? []
      if (execute) await setOffsets(admin, group, plan)
      return plan
    })
    await this.output.report({
      value: { group, executed: Boolean(execute), offsets },
      rows: offsets,
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'NEW-OFFSET', value: ({ offset }) => offset },
      ],
    })
    if (!execute && this.output.isText) say('Nothing was changed: --execute sets these offsets.')
  }
}
