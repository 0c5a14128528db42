import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { groupArgument, someTopics } from '../../cli/native/flags.ts'
import { reportForgotten } from '../../cli/native/offset-changes.ts'
import { deleteOffsets } from '../../tools/groups/delete-offsets.ts'
import { sourceTopics } from '../../tools/groups/streams.ts'

export default class StreamsGroupsDeleteOffsets extends BaseCommand<typeof StreamsGroupsDeleteOffsets> {
  static override summary = 'Forget the offsets of a streams group in its input topics'
  static override examples = [
    '<%= config.bin %> streams-groups delete-offsets counts --topic words',
    '<%= config.bin %> streams-groups delete-offsets counts --all-topics --json',
  ]
  static override args = groupArgument
  static override flags = {
    topic: Flags.string(someTopics),
    'all-topics': Flags.boolean({
      exclusive: ['topic'],
      description: 'All topics that the group reads from elsewhere',
    }),
  }

  async run(): Promise<void> {
    const { group } = this.args
    const { topic, 'all-topics': all } = this.flags
    if (!all && topic === undefined) this.wrongUsage('Give --topic or --all-topics.')
    const { error, results } = await this.withAdmin('Deleting offsets', async (admin) =>
      deleteOffsets(admin, group, all ? [...(await sourceTopics(admin, group))] : (topic ?? [])),
    )
    if (error && results.length === 0) throw error
    await reportForgotten(this.output, group, results)
  }
}
