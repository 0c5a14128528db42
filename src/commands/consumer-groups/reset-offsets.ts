import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument } from '../../cli/native/flags.ts'
import { checkInactive, reportReset, resetFlags, resetNotices, withAges } from '../../cli/native/offset-changes.ts'
import { readResetTarget } from '../../cli/native/reset-target.ts'
import { KafkaError } from '../../client/index.ts'
import { setOffsets } from '../../tools/groups/list.ts'
import { OffsetReset } from '../../tools/groups/reset.ts'

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
  static override args = groupArgument
  static override flags = resetFlags('All topics with offsets of the group')

  override async init(): Promise<void> {
    this.argv = withAges(this.argv)
    await super.init()
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { execute } = this.flags
    const target = readResetTarget(this.flags.to.trim(), group, this.context)
    const scope = { allTopics: this.flags['all-topics'], topics: this.flags.topic ?? [] }
    if (target.to !== 'plan' && !scope.allTopics && scope.topics.length === 0)
      this.wrongUsage('Give --topic or --all-topics.')
    const notices = resetNotices(group, this.context)
    const offsets = await this.withAdmin(`Resetting ${group}`, async (admin) => {
      const found = (await admin.describeConsumerGroups([group])).get(group)
      if (found instanceof KafkaError && found.error !== 'GROUP_ID_NOT_FOUND') throw found
      checkInactive(group, found instanceof KafkaError ? undefined : found?.state)
      const plan = (await new OffsetReset(admin, scope, target, notices).plan(group)) ?? []
      if (execute) await setOffsets(admin, group, plan)
      return plan
    })
    await reportReset(this.output, this.context, { group, executed: Boolean(execute), offsets })
  }
}
