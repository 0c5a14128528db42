import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { isSecret, ProfileFile } from '../../cli/native/profile-file.ts'

export default class ProfileShow extends BaseCommand<typeof ProfileShow> {
  static override summary = 'Show the properties of a profile'
  static override description = 'Passwords and the like are hidden unless --secrets is given.'
  static override examples = [
    '<%= config.bin %> profile show',
    '<%= config.bin %> profile show staging --secrets --output yaml',
  ]
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of the profile; the one in use when left out' }),
  }
  static override flags = { secrets: Flags.boolean({ description: 'Show what is secret' }) }

  async run(): Promise<void> {
    const { env } = this.context.console
    const file = new ProfileFile(this.context.runtime.disk, env)
    const name = this.args.name ?? this.flags.profile ?? (env.KAFKA_PROFILE || file.currentName)
    if (name === undefined) throw new Error('No profile is in use.')
    const properties = Object.entries(file.get(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([property, value]) => [property, isSecret(property) && !this.flags.secrets ? '[hidden]' : value] as const)
    await this.output.report({
      value: { name, properties: Object.fromEntries(properties) },
      rows: properties,
      columns: [
        { title: 'PROPERTY', value: ([property]) => property },
        { title: 'VALUE', value: ([, value]) => value },
      ],
    })
  }
}
