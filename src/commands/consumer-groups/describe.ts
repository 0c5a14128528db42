import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { membersReport, offsetsReport } from '../../cli/native/groups.ts'
import { groupOffsets } from '../../tools/groups/describe.ts'
import { listConsumerGroups } from '../../tools/groups/list.ts'

export default class ConsumerGroupsDescribe extends BaseCommand<typeof ConsumerGroupsDescribe> {
  static override summary = 'Show how far groups are, and who their members are'
  static override examples = [
    '<%= config.bin %> consumer-groups describe billing',
    '<%= config.bin %> consumer-groups describe billing --members',
    '<%= config.bin %> consumer-groups describe --all --json',
  ]
  static override strict = false
  static override args = { group: Args.string({ ignoreStdin: true, description: 'Group ids' }) }
  static override flags = {
    all: Flags.boolean({ description: 'All groups' }),
    members: Flags.boolean({ description: 'Members instead of offsets' }),
  }

  async run(): Promise<void> {
    const { all, members } = this.flags
    if (Boolean(all) === this.words.length > 0) this.wrongUsage('Name groups, or give --all.')
    const views = await this.withAdmin('Describing groups', async (admin) => {
      const ids = all ? (await listConsumerGroups(admin)).map(({ groupId }) => groupId) : this.words
      return groupOffsets(admin, ids)
    })
    if (members) await this.output.report(membersReport(this.output, views))
    else await this.output.report(offsetsReport(this.output, views))
  }
}
