import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { ProfileFile } from '../../cli/native/profile-file.ts'

export default class ProfileRemove extends BaseCommand<typeof ProfileRemove> {
  static override summary = 'Remove a profile'
  static override examples = ['<%= config.bin %> profile remove staging']
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the profile' }),
  }

  async run(): Promise<void> {
    const { name } = this.args
    new ProfileFile(this.context.runtime.disk, this.context.console.env).remove(name)
    await this.output.fields({ removed: name }, () => this.output.done(`Removed profile ${name}.`))
  }
}
