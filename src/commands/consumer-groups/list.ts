import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { listGroups } from '../../cli/native/group-views.ts'
import { groupStates, groupTypes, listConsumerGroups } from '../../tools/groups/list.ts'

export default class ConsumerGroupsList extends BaseCommand<typeof ConsumerGroupsList> {
  static override summary = 'List groups of consumers'
  static override examples = [
    '<%= config.bin %> consumer-groups list',
    '<%= config.bin %> consumer-groups list --state stable,empty --type classic --json',
  ]
  static override flags = {
    state: Flags.string({ helpValue: 'stable,empty', description: 'Only groups in these states' }),
    type: Flags.string({ helpValue: 'classic,consumer', description: 'Only groups of these types' }),
  }

  async run(): Promise<void> {
    const { state, type } = this.flags
    const filters = { states: state ? groupStates(state) : [], types: type ? groupTypes(type) : [] }
    const found = await this.withAdmin('Listing groups', (admin) => listConsumerGroups(admin, filters))
    await listGroups(this.output, found, { type: ({ type }) => type, state: ({ state }) => state })
  }
}
