import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument } from '../../cli/native/flags.ts'
import { withGroupsOf } from '../../cli/native/group-views.ts'
import { checkInactive, reportReset, resetFlags, resetNotices, withAges } from '../../cli/native/offset-changes.ts'
import { readResetTarget } from '../../cli/native/reset-target.ts'
import { type Admin, KafkaError } from '../../client/index.ts'
import { setOffsets } from '../../tools/groups/list.ts'
import { OffsetReset } from '../../tools/groups/reset.ts'
import { internalTopics, sourceTopics } from '../../tools/groups/streams.ts'
import { deleteAll } from '../../tools/streams/reset-application.ts'

export default class StreamsGroupsResetOffsets extends BaseCommand<typeof StreamsGroupsResetOffsets> {
  static override summary = 'Move the offsets of a streams group that has no members'
  static override description = 'Shows the new offsets; only --execute sets them.'
  static override examples = [
    '<%= config.bin %> streams-groups reset-offsets counts --topic words --to earliest',
    '<%= config.bin %> streams-groups reset-offsets counts --all-topics --to -PT1H --execute',
    '<%= config.bin %> streams-groups reset-offsets counts --all-topics --to earliest --delete-internal-topics --execute',
  ]
  static override args = groupArgument
  static override flags = {
    ...resetFlags('All topics that the group reads from elsewhere'),
    'delete-internal-topics': Flags.boolean({
      description: 'With --execute, delete the topics that Kafka Streams made for the group',
    }),
  }

  override async init(): Promise<void> {
    this.argv = withAges(this.argv)
    await super.init()
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { execute, topic = [], 'all-topics': all } = this.flags
    const target = readResetTarget(this.flags.to.trim(), group, this.context)
    if (target.to !== 'plan' && !all && topic.length === 0) this.wrongUsage('Give --topic or --all-topics.')
    const notices = resetNotices(group, this.context)
    const offsets = await this.withAdmin(`Resetting ${group}`, async (admin) => {
      const own = await this.internalTopics(admin)
      const sources = await sourceTopics(admin, group)
      const strange = topic.find((name) => !sources.has(name.replace(/:.*/, '')))
      if (strange !== undefined) throw new Error(`${strange} is no input topic of group ${group}.`)
      const scope = { allTopics: false, topics: all ? [...sources] : topic }
      const plan = (await new OffsetReset(admin, scope, target, notices).plan(group)) ?? []
      if (!execute) return plan
      await setOffsets(admin, group, plan)
      if (this.flags['delete-internal-topics']) await deleteAll(admin, own)
      return plan
    })
    await reportReset(this.output, this.context, { group, executed: Boolean(execute), offsets })
  }

  /** Throws for a group that is not there, or that has members. */
  private async internalTopics(admin: Admin): Promise<string[]> {
    const { group } = this.args
    const found = await withGroupsOf('streams', async () => {
      const described = (await admin.describeStreamsGroups([group])).get(group)
      if (!described || described instanceof KafkaError) throw described ?? new KafkaError('GROUP_ID_NOT_FOUND')
      return described
    })
    checkInactive(group, found.state)
    return internalTopics(found)
  }
}
