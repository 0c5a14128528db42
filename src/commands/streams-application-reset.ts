import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/native/base-command.ts'
import { resetNotices, withAges } from '../cli/native/offset-changes.ts'
import { readResetTarget } from '../cli/native/reset-target.ts'
import { setOffsets } from '../tools/groups/list.ts'
import { OffsetReset, type PlannedOffset } from '../tools/groups/reset.ts'
import { activeMembers, deleteAll, internalTopics } from '../tools/streams/reset-application.ts'

export default class StreamsApplicationReset extends BaseCommand<typeof StreamsApplicationReset> {
  static override summary = 'Let an application of Kafka Streams read its input anew'
  static override description = `Sets the offsets of its group and deletes the topics that Kafka Streams made for it.
Shows what it would do; only --execute does it. The application must not run. Local state stores are left to the application (cleanUp).
Groups that the broker assigns tasks in are moved by streams-groups reset-offsets.`
  static override examples = [
    '<%= config.bin %> streams-application-reset wordcount --input-topic orders',
    '<%= config.bin %> streams-application-reset wordcount --input-topic orders --to -PT1H --execute',
    '<%= config.bin %> streams-application-reset wordcount --execute --json',
  ]
  static override args = {
    application: Args.string({ ignoreStdin: true, required: true, description: 'application.id' }),
  }
  static override flags = {
    'input-topic': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Topic that is read from elsewhere',
    }),
    to: Flags.string({
      default: 'earliest',
      description: 'earliest, latest, current, 42, +10, -10, a time, -PT1H or @plan.csv',
    }),
    'internal-topic': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Delete only these of its own topics',
    }),
    force: Flags.boolean({ description: 'Throw out members that are left of it' }),
    execute: Flags.boolean({ description: 'Set the offsets and delete the topics' }),
  }

  override async init(): Promise<void> {
    this.argv = withAges(this.argv)
    await super.init()
  }

  async run(): Promise<void> {
    const { application } = this.args
    const { flags, output } = this
    const { force, execute, 'input-topic': topics = [] } = flags
    const target = readResetTarget(flags.to.trim(), application, this.context)
    const scope = { allTopics: false, topics }
    const notices = resetNotices(application, this.context)
    const { offsets, own } = await this.withAdmin(`Resetting ${application}`, async (admin) => {
      const members = await activeMembers(admin, application)
      if (members.length > 0 && !force)
        throw new Error(
          `${application} runs, with ${members.length} members: stop it first, or throw them out with --force.`,
        )
      const plan: PlannedOffset[] =
        topics.length === 0 ? [] : ((await new OffsetReset(admin, scope, target, notices).plan(application)) ?? [])
      const found = chosenTopics(await internalTopics(admin, application), flags['internal-topic'])
      if (!execute) return { offsets: plan, own: found }
      if (members.length > 0)
        for (const error of (await admin.removeMembers(application)).values()) if (error) throw error
      await setOffsets(admin, application, plan)
      await deleteAll(admin, found)
      return { offsets: plan, own: found }
    })
    await output.report({
      value: { application, executed: Boolean(execute), offsets, deletedTopics: own },
      rows: [
        ...offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset, action: 'set' })),
        ...own.map((topic) => ({ topic, partition: undefined, offset: undefined, action: 'delete' })),
      ],
      columns: [
        { title: 'TOPIC', value: ({ topic }) => topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'NEW-OFFSET', value: ({ offset }) => offset },
        { title: 'ACTION', value: ({ action }) => action },
      ],
      none: 'The application has no topics of its own, and no input topic is named.',
    })
    if (!execute && output.isText) this.context.console.error('Nothing was changed: --execute does it.\n')
  }
}

/** All internal topics, or those that were named; throws for one that is none. */
function chosenTopics(all: readonly string[], named: readonly string[] | undefined): readonly string[] {
  const strange = named?.find((topic) => !all.includes(topic))
  if (strange !== undefined) throw new Error(`${strange} is no topic that Kafka Streams made for the application.`)
  return named ?? all
}
