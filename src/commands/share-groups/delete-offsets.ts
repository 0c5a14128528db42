import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument, someTopics } from '../../cli/native/flags.ts'
import { withGroupsOf } from '../../cli/native/group-views.ts'
import { reportForgotten } from '../../cli/native/offset-changes.ts'

export default class ShareGroupsDeleteOffsets extends BaseCommand<typeof ShareGroupsDeleteOffsets> {
  static override summary = 'Forget where a share group without members is in topics'
  static override examples = ['<%= config.bin %> share-groups delete-offsets jobs --topic orders --topic payments']
  static override args = groupArgument
  static override flags = {
    topic: Flags.string({ ...someTopics, required: true, helpValue: 'topic', description: 'Topic' }),
  }

  async run(): Promise<void> {
    const { group } = this.args
    const topics = [...new Set(this.flags.topic)]
    const errors = await this.withAdmin('Deleting offsets', (admin) =>
      withGroupsOf('share', () => admin.deleteShareGroupOffsets(group, topics)),
    )
    const results = topics.map((topic) => ({ topic, partition: -1, error: errors.get(topic) }))
    await reportForgotten(this.output, group, results)
  }
}
