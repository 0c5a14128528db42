import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { listGroups } from '../../cli/native/group-views.ts'
import { groupKinds, listAllGroups } from '../../tools/groups/kinds.ts'

export default class GroupsList extends BaseCommand<typeof GroupsList> {
  static override summary = 'List groups of all kinds'
  static override examples = [
    '<%= config.bin %> groups list',
    '<%= config.bin %> groups list --type classic --protocol connect --json',
  ]
  static override flags = {
    type: Flags.string({
      options: groupKinds.map((kind) => kind.toLowerCase()),
      description: 'Only groups of this kind',
    }),
    protocol: Flags.string({ description: 'Only groups whose members speak this protocol: consumer, connect, ...' }),
  }

  async run(): Promise<void> {
    const { type, protocol } = this.flags
    const found = await this.withAdmin('Listing groups', (admin) => listAllGroups(admin, { type, protocol }))
    await listGroups(this.output, found, {
      type: ({ type }) => type,
      protocol: ({ protocolType }) => protocolType,
      state: ({ state }) => state,
    })
  }
}
