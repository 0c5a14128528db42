import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { listGroups } from '../../cli/native/group-views.ts'
import { listStreamsGroups, streamsGroupStates } from '../../tools/groups/streams.ts'

export default class StreamsGroupsList extends BaseCommand<typeof StreamsGroupsList> {
  static override summary = 'List groups of Kafka Streams that the broker assigns tasks in'
  static override examples = [
    '<%= config.bin %> streams-groups list',
    '<%= config.bin %> streams-groups list --state stable,empty --json',
  ]
  static override flags = {
    state: Flags.string({ helpValue: 'stable,empty', description: 'Only groups in these states' }),
  }

  async run(): Promise<void> {
    const { state } = this.flags
    const states = state === undefined ? [] : streamsGroupStates(state)
    const found = await this.withAdmin('Listing groups', (admin) => listStreamsGroups(admin, states))
    await listGroups(this.output, found, { state: ({ state }) => state })
  }
}
