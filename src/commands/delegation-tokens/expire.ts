import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/native/base-command.ts'
import { spanOf } from '../../cli/native/span.ts'
import { isoTime } from '../../cli/native/time.ts'
import { hmacOf } from '../../cli/native/tokens.ts'

export default class DelegationTokensExpire extends BaseCommand<typeof DelegationTokensExpire> {
  static override summary = 'End a token, at once or in a while'
  static override examples = [
    '<%= config.bin %> delegation-tokens expire bWFkZSBieSBjcmVhdGU= --profile staging',
    '<%= config.bin %> delegation-tokens expire bWFkZSBieSBjcmVhdGU= --profile staging --in 1h --json',
  ]
  static override args = { hmac: Args.string({ ignoreStdin: true, required: true, description: "The token's HMAC" }) }
  static override flags = {
    in: Flags.string({ helpValue: 'time', description: 'Time from now, such as 10m [default: at once]' }),
  }

  async run(): Promise<void> {
    const { in: span } = this.flags
    const hmac = hmacOf(this.args.hmac)
    const periodMs = span === undefined ? -1 : spanOf('in', span)
    const expiresAt = await this.withAdmin('Ending the token', (admin) => admin.expireDelegationToken(hmac, periodMs))
    await this.output.fields({ expiresAt }, () => this.output.done(`The token ends at ${isoTime(expiresAt)}.`))
  }
}
