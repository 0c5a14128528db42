import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { spanOf } from '../../cli/native/span.ts'
import { isoTime } from '../../cli/native/time.ts'
import { hmacOf } from '../../cli/native/tokens.ts'

export default class DelegationTokensRenew extends BaseCommand<typeof DelegationTokensRenew> {
  static override summary = 'Let a token live longer, up to its end of all renewals'
  static override examples = [
    '<%= config.bin %> delegation-tokens renew bWFkZSBieSBjcmVhdGU= --profile staging',
    '<%= config.bin %> delegation-tokens renew bWFkZSBieSBjcmVhdGU= --profile staging --for 1h --json',
  ]
  static override args = { hmac: Args.string({ ignoreStdin: true, required: true, description: "The token's HMAC" }) }
  static override flags = {
    for: Flags.string({
      helpValue: 'time',
      description: "Time from now, such as 12h [default: the brokers' usual time]",
    }),
  }

  async run(): Promise<void> {
    const { for: span } = this.flags
    const hmac = hmacOf(this.args.hmac)
    const periodMs = span === undefined ? -1 : spanOf('for', span)
    const expiresAt = await this.withAdmin('Renewing the token', (admin) => admin.renewDelegationToken(hmac, periodMs))
    await this.output.fields({ expiresAt }, () => this.output.done(`The token lives until ${isoTime(expiresAt)}.`))
  }
}
