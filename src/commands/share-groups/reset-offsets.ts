import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { withGroupsOf } from '../../cli/native/group-views.ts'
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
  static override args = { group: Args.string({ ignoreStdin: true, required: true, description: 'Group id' }) }
  static override flags = {
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'topic[:0,1]',
      description: 'Topic, or some of its partitions',
    }),
    'all-topics': Flags.boolean({ exclusive: ['topic'], description: 'All topics that the group has read' }),
    to: Flags.string({ required: true, description: 'earliest, latest, or a time' }),
    execute: Flags.boolean({ description: 'Set the offsets' }),
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { execute, topic, 'all-topics': all } = this.flags
    if (!all && topic === undefined) this.wrongUsage('Give --topic or --all-topics.')
    const target = this.target()
    const say = (sentence: string) => this.context.console.error(`${sentence}\n`)
    const offsets = await this.withAdmin(`Resetting ${group}`, async (admin) => {
      const plan = await planShareReset(admin, group, all ? undefined : topic, target, {
        empty: (at) => say(`No record of ${at.topic}-${at.partition} is that young: its end is taken.`),
      })
      if (execute) await withGroupsOf('share', () => setShareOffsets(admin, group, plan))
      return plan
    })
    await this.output.report({
      value: { group, executed: Boolean(execute), offsets },
      rows: offsets,
      columns: [
        { title: 'TOPIC', value: (row) => row.topic },
        { title: 'PARTITION', value: ({ partition }) => partition },
        { title: 'NEW-OFFSET', value: ({ offset }) => offset },
      ],
    })
    if (!execute && this.output.isText) say('Nothing was changed: --execute sets these offsets.')
  }

  private target(): ResetTarget {
    const { to } = this.flags
    if (to === 'earliest' || to === 'latest') return { to }
    return { to: 'time', timestamp: readMoment('to', to, this.context.runtime.clock.now()) }
  }
}
