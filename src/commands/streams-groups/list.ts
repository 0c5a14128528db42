import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
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
    const groups = found
      .map((group) => ({ group: group.groupId, state: group.state }))
      .sort((a, b) => (a.group < b.group ? -1 : 1))
    await this.output.report({
      value: { groups },
      rows: groups,
      columns: [
        { title: 'GROUP', value: ({ group }) => group },
        { title: 'STATE', value: (row) => row.state },
      ],
    })
  }
}
