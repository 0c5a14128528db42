import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { ProfileFile } from '../../cli/native/profile-file.ts'

export default class ProfileUse extends BaseCommand<typeof ProfileUse> {
  static override summary = 'Choose the profile that commands connect with'
  static override description = 'It holds where neither flags nor the environment say where to connect.'
  static override examples = ['<%= config.bin %> profile use staging', '<%= config.bin %> profile use --none']
  static override args = { name: Args.string({ ignoreStdin: true, description: 'Name of the profile' }) }
  static override flags = { none: Flags.boolean({ description: 'No profile any longer' }) }

  async run(): Promise<void> {
    const { name } = this.args
    if ((name === undefined) !== Boolean(this.flags.none)) this.wrongUsage('Name a profile, or give --none.')
    new ProfileFile(this.context.runtime.disk, this.context.console.env).use(name)
    await this.output.fields({ current: name ?? null }, () =>
      this.output.done(name === undefined ? 'No profile is in use.' : `Profile ${name} is in use.`),
    )
  }
}
