import type { Admin, DelegationToken, Principal } from '../../client/index.ts'
import { parseHmac, parsePrincipal, principalText } from '../../tools/delegation-tokens/principal.ts'
import { minuteText } from '../../tools/java/time.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { delegationTokensOptions } from './delegation-tokens-options.ts'
import { javaText } from './java-error.ts'
import { withAdmin } from './with-admin.ts'

const actions = ['create', 'renew', 'expire', 'describe'] as const
type Action = (typeof actions)[number]

/** What each action needs, and what it does not go with. */
const required: Readonly<Record<Action, readonly string[]>> = {
  create: ['max-life-time-period'],
  renew: ['hmac', 'renew-time-period'],
  expire: ['hmac', 'expiry-time-period'],
  describe: [],
}
const forbidden: Readonly<Record<Action, readonly string[]>> = {
  create: ['hmac', 'renew-time-period', 'expiry-time-period'],
  renew: ['renewer-principal', 'max-life-time-period', 'expiry-time-period', 'owner-principal'],
  expire: ['max-life-time-period', 'renew-time-period', 'owner-principal'],
  describe: ['renew-time-period', 'max-life-time-period', 'hmac', 'expiry-time-period'],
}

/** Apache's kafka-delegation-tokens. Unlike Apache's, --describe without an owner shows what the user may see, as its help says. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, delegationTokensOptions, args)
    line.helpOrVersion('This tool helps to create, renew, expire, or describe delegation tokens.')
    const action = check(line)
    const [servers, config] = [line.value('bootstrap-server'), line.value('command-config')]
    try {
      return await withAdmin(context, servers, config, (admin) => work[action](admin, line, context))
    } catch (error) {
      context.console.error(`${javaText(error)}\n`)
      return exitCode.failed
    }
  })

function check(line: CommandLine): Action {
  const [action, other] = actions.filter((name) => line.has(name))
  if (!action || other) line.usage('Command must include exactly one action: --create, --renew, --expire or --describe')
  line.require('bootstrap-server', 'command-config', ...required[action])
  line.forbid(action, forbidden[action])
  const empty = required[action].find((name) => line.value(name) === undefined)
  if (empty !== undefined)
    line.usage(`Option ${empty} takes ${empty === 'hmac' ? 'the HMAC of a token' : 'a number of milliseconds, or -1'}`)
  return action
}

type Work = (admin: Admin, line: CommandLine, context: Context) => Promise<number>

const principals = (line: CommandLine, option: string): Principal[] => line.values(option).map(parsePrincipal)
const listText = (list: readonly Principal[]): string => `[${list.map(principalText).join(', ')}]`

const work: Readonly<Record<Action, Work>> = {
  create: async (admin, line, { console }) => {
    const renewers = principals(line, 'renewer-principal')
    const maxLifetimeMs = line.number('max-life-time-period') as number
    console.out(
      `Calling create token operation with renewers :${listText(renewers)} , max-life-time-period :${maxLifetimeMs}\n`,
    )
    const [owner] = principals(line, 'owner-principal')
    const token = await admin.createDelegationToken({ owner, renewers, maxLifetimeMs })
    console.out(`Created delegation token with tokenId : ${token.tokenId}\n${tokenTable([token])}`)
    return exitCode.done
  },
  renew: async (admin, line, { console }) => {
    const [hmac, period] = [line.value('hmac') as string, line.number('renew-time-period') as number]
    console.out(`Calling renew token operation with hmac :${hmac} , renew-time-period :${period}\n`)
    const end = await admin.renewDelegationToken(parseHmac(hmac), period)
    console.out(`Completed renew operation. New expiry date : ${minuteText(end)}`)
    return exitCode.done
  },
  expire: async (admin, line, { console }) => {
    const [hmac, period] = [line.value('hmac') as string, line.number('expiry-time-period') as number]
    console.out(`Calling expire token operation with hmac :${hmac} , expire-time-period :${period}\n`)
    const end = await admin.expireDelegationToken(parseHmac(hmac), period)
    console.out(`Completed expire operation. New expiry date : ${minuteText(end)}`)
    return exitCode.done
  },
  describe: async (admin, line, { console }) => {
    const owners = principals(line, 'owner-principal')
    console.out(
      owners.length === 0
        ? 'Calling describe token operation for current user.\n'
        : `Calling describe token operation for owners: ${listText(owners)}\n`,
    )
    const tokens = await admin.describeDelegationTokens(owners.length === 0 ? undefined : owners)
    console.out(`Total number of tokens : ${tokens.length}${tokenTable(tokens)}`)
    return exitCode.done
  },
}

const widths = [15, 30, 15, 15, 25, 15, 15, 15]
const row = (cells: readonly string[]): string => `\n${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')}\n`

function tokenTable(tokens: readonly DelegationToken[]): string {
  const titles = ['TOKENID', 'HMAC', 'OWNER', 'REQUESTER', 'RENEWERS', 'ISSUEDATE', 'EXPIRYDATE', 'MAXDATE']
  const rows = tokens.map(({ tokenId, hmac, owner, requester, renewers, issuedAt, expiresAt, maxAt }) => [
    tokenId,
    hmac.toString('base64'),
    principalText(owner),
    principalText(requester),
    listText(renewers),
    ...[issuedAt, expiresAt, maxAt].map(minuteText),
  ])
  return [titles, ...rows].map(row).join('')
}
