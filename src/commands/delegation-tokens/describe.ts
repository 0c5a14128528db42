import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { tokenColumns, tokenValue, userOf } from '../../cli/native/tokens.ts'

export default class DelegationTokensDescribe extends BaseCommand<typeof DelegationTokensDescribe> {
  static override summary = 'Show tokens: all that one may see, or those of some owners'
  static override examples = [
    '<%= config.bin %> delegation-tokens describe --profile staging',
    '<%= config.bin %> delegation-tokens describe User:alice bob --profile staging --json',
  ]
  static override strict = false
  static override args = { owner: Args.string({ ignoreStdin: true, description: 'User:name, as many as needed' }) }

  async run(): Promise<void> {
    const owners = this.words.map(userOf)
    const found = await this.withAdmin('Describing tokens', (admin) =>
      admin.describeDelegationTokens(owners.length === 0 ? undefined : owners),
    )
    const tokens = found.map(tokenValue)
    await this.output.report({
      value: { tokens },
      rows: tokens,
      columns: tokenColumns,
      none: 'There are no tokens.',
    })
  }
}
