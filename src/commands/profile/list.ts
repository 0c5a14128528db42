import { BaseCommand } from '../../cli/native/base-command.ts'
import { ProfileFile } from '../../cli/native/profile-file.ts'

export default class ProfileList extends BaseCommand<typeof ProfileList> {
  static override summary = 'List profiles'
  static override examples = ['<%= config.bin %> profile list', '<%= config.bin %> profile list --json']

  async run(): Promise<void> {
    const file = new ProfileFile(this.context.runtime.disk, this.context.console.env)
    const profiles = file.names.map((name) => ({
      name,
      servers: file.get(name)['bootstrap.servers'] ?? null,
      current: name === file.currentName,
    }))
    await this.output.report({
      value: { profiles },
      rows: profiles,
      columns: [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'SERVERS', value: ({ servers }) => servers },
        { title: 'CURRENT', value: ({ current }) => (current ? 'yes' : '') },
      ],
      none: 'There are no profiles: `kafka profile set NAME bootstrap.servers=host:port` makes one.',
    })
  }
}
