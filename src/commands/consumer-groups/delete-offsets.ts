import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument, someTopics } from '../../cli/native/flags.ts'
import { reportForgotten } from '../../cli/native/offset-changes.ts'
import { deleteOffsets } from '../../tools/groups/delete-offsets.ts'

export default class ConsumerGroupsDeleteOffsets extends BaseCommand<typeof ConsumerGroupsDeleteOffsets> {
  static override summary = 'Forget the offsets of a group in topics that it does not read'
  static override examples = [
    '<%= config.bin %> consumer-groups delete-offsets billing --topic orders',
    '<%= config.bin %> consumer-groups delete-offsets billing --topic orders:0,1 --topic payments',
  ]
  static override args = groupArgument
  static override flags = {
    topic: Flags.string({ ...someTopics, required: true }),
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { error, results } = await this.withAdmin('Deleting offsets', (admin) =>
      deleteOffsets(admin, group, this.flags.topic),
    )
    if (error && results.length === 0) throw error
    await reportForgotten(this.output, group, results)
  }
}
