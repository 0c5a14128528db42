import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { spanOf } from '../../cli/native/span.ts'
import { tokenColumns, tokenValue, userOf } from '../../cli/native/tokens.ts'

export default class DelegationTokensCreate extends BaseCommand<typeof DelegationTokensCreate> {
  static override summary = 'Make a token that logs in for a user, for a time'
  static override description =
    'Its id and HMAC are user name and password of a login with SCRAM and tokenauth="true". The HMAC is a secret; the cluster does not take logins with tokens for this.'
  static override examples = [
    '<%= config.bin %> delegation-tokens create --profile staging',
    '<%= config.bin %> delegation-tokens create --profile staging --renewer User:bob --max-lifetime 7d --json',
  ]
  static override flags = {
    owner: Flags.string({ helpValue: 'User:name', description: 'Whose rights it has [default: who logs in]' }),
    renewer: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'User:name',
      description: 'Who may renew it besides the owner',
    }),
    'max-lifetime': Flags.string({
      helpValue: 'time',
      description: "End of all renewals, such as 12h or 7d [default: the brokers' limit]",
    }),
  }

  async run(): Promise<void> {
    const { owner, renewer = [], 'max-lifetime': lifetime } = this.flags
    const options = {
      owner: owner === undefined ? undefined : userOf(owner),
      renewers: renewer.map(userOf),
      maxLifetimeMs: lifetime === undefined ? -1 : spanOf('max-lifetime', lifetime),
    }
    const token = await this.withAdmin('Making the token', (admin) => admin.createDelegationToken(options))
    const value = tokenValue(token)
    await this.output.report({ value, rows: [value], columns: tokenColumns })
  }
}
