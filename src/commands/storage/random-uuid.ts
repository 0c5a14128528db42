import { BaseCommand } from '../../cli/native/base-command.ts'
import { randomUuid } from '../../runtime/index.ts'

export default class StorageRandomUuid extends BaseCommand<typeof StorageRandomUuid> {
  static override summary = 'Print a new id for a cluster'
  static override examples = ['<%= config.bin %> storage random-uuid']

  async run(): Promise<void> {
    const uuid = randomUuid(this.context.runtime.random)
    await this.output.fields({ uuid }, () => this.output.line(uuid))
  }
}
