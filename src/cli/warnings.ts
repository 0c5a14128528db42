import type { ClientHooks, Failure } from '../client/types.ts'
import type { Context } from './context.ts'

/** Milliseconds for which a warning is not repeated. */
const QUIET = 30_000

interface Trouble {
  readonly sentence: string
  readonly failure: Failure
}

/** What stood between a tool and its brokers when it was last heard of. */
const troubles = new WeakMap<Context['console'], Trouble>()

/** What has been said of properties: a tool may have several clients with the same ones. */
const remarked = new WeakMap<Context['console'], Set<string>>()

/** What to do about a failure whose sentence does not say it itself. */
const remedies: Partial<Record<Failure, string>> = {
  refused: 'Name a broker that runs with --bootstrap-server, or start one with `kafka server-start`.',
  name: 'Name a broker by a host name that this machine knows with --bootstrap-server.',
  'time-out': 'Name a broker that this machine can reach with --bootstrap-server.',
  denied: 'Check user name and password in sasl.jaas.config, and that sasl.mechanism is the one they were made for.',
  mechanism: 'Set sasl.mechanism to one of these.',
  handshake: 'Name a PLAINTEXT listener of a broker with --bootstrap-server.',
}

export const withRemedy = ({ sentence, failure }: Trouble): string =>
  [sentence.replace(/(?<![.:])$/, '.'), remedies[failure] ?? []].flat().join(' ')

/** Why a tool that has failed did not get through to its brokers, with a remedy; undefined when that was not the reason. */
export function lastTrouble({ console }: Context): string | undefined {
  const trouble = troubles.get(console)
  return trouble && withRemedy(trouble)
}

/** What clients say of their properties goes to standard error, once. */
export function remarks(context: Context): (sentence: string) => void {
  const already = remarked.get(context.console) ?? new Set()
  remarked.set(context.console, already)
  return (sentence) => {
    if (already.has(sentence)) return
    already.add(sentence)
    tell(context, sentence)
  }
}

const tell = ({ console, runtime }: Context, sentence: string) =>
  console.error(`[${logTime(runtime.clock.now())}] WARN ${sentence}\n`)

/** What clients warn of goes to standard error, in the shape of Apache's log lines; the same sentence only now and then. */
export function warnings(context: Context): ClientHooks {
  const { console, runtime } = context
  const told = new Map<string, number>()
  return {
    remark: remarks(context),
    connected: () => {
      // The way in works; a broker behind it may still be out of reach.
      if (troubles.get(console)?.failure !== 'advertised') troubles.delete(console)
    },
    warn: (sentence, failure) => {
      troubles.set(console, { sentence, failure })
      const now = runtime.clock.monotonic()
      if (now - (told.get(sentence) ?? Number.NEGATIVE_INFINITY) < QUIET) return
      told.set(sentence, now)
      tell(context, sentence)
    },
  }
}

let localTime: Intl.DateTimeFormat | undefined

/** `2026-01-31 12:00:00,123` in local time, as log4j writes it. */
export function logTime(now: number): string {
  localTime ??= new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })
  return `${localTime.format(now)},${String(Math.floor(now) % 1000).padStart(3, '0')}`
}
