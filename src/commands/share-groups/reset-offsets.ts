import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument } from '../../cli/native/flags.ts'
import { withGroupsOf } from '../../cli/native/group-views.ts'
import { reportReset, resetFlags, resetNotices, withAges } from '../../cli/native/offset-changes.ts'
import { readResetTarget } from '../../cli/native/reset-target.ts'
import { readMoment } from '../../cli/native/time.ts'
import type { ResetTarget } from '../../tools/groups/reset.ts'
import { planShareReset, setShareOffsets } from '../../tools/groups/share.ts'

export default class ShareGroupsResetOffsets extends BaseCommand<typeof ShareGroupsResetOffsets> {
  static override summary = 'Move the starts of a share group that has no members'
  static override description = 'Shows the new offsets; only --execute sets them.'
  static override examples = [
    '<%= config.bin %> share-groups reset-offsets jobs --topic orders --to earliest',
    '<%= config.bin %> share-groups reset-offsets jobs --topic orders:0,1 --to latest --execute',
    '<%= config.bin %> share-groups reset-offsets jobs --all-topics --to 2026-01-31T12:00:00Z --execute',
  ]
  static override args = groupArgument
  static override flags = {
    ...resetFlags('All topics that the group has read'),
    to: Flags.string({ required: true, description: 'earliest, latest, 42, a time or -PT1H' }),
  }

  override async init(): Promise<void> {
    this.argv = withAges(this.argv)
    await super.init()
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { execute, topic, 'all-topics': all } = this.flags
    if (!all && topic === undefined) this.wrongUsage('Give --topic or --all-topics.')
    const target = this.target()
    const offsets = await this.withAdmin(`Resetting ${group}`, async (admin) => {
      const notices = resetNotices(group, this.context)
      const plan = await planShareReset(admin, group, all ? undefined : topic, target, notices)
      if (execute) await withGroupsOf('share', () => setShareOffsets(admin, group, plan))
      return plan
    })
    await reportReset(this.output, this.context, { group, executed: Boolean(execute), offsets })
  }

  /** A share group has no current offset that could be kept or shifted. */
  private target(): ResetTarget {
    const to = this.flags.to.trim()
    if (/^(earliest|latest|\d{1,9}|-P.*)$/i.test(to)) return readResetTarget(to, this.args.group, this.context)
    return { to: 'time', timestamp: readMoment('to', to, this.context.runtime.clock.now()) }
  }
}
