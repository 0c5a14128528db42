import type { ClientHooks, Failure } from '../../client/types.ts'
import type { Timer } from '../../runtime/index.ts'
import type { Context } from '../context.ts'
import { remarks, withRemedy } from '../warnings.ts'

/** Milliseconds that the first answer of a cluster may take, and then that of a broker which it names. */
const REACH_MS = 5000

/** Failures that time does not mend. (A broker that stops looks like one that wants a login.) */
const final: ReadonlySet<Failure> = new Set<Failure>([
  'tls',
  'plaintext',
  'http',
  'version',
  'controller',
  'denied',
  'mechanism',
  'no-login',
  'no-token',
  'certificate',
])

/** Nobody should wait a minute to hear that no broker is there: ends what waits for one, with the cause in one sentence. */
export class Reach {
  private trouble: string | undefined
  private timer: Timer | undefined
  private connected = false
  private giveUp: (error: Error) => void = () => {}
  private readonly lost = new Promise<never>((_, reject) => {
    this.giveUp = reject
  })

  constructor(
    private readonly context: Context,
    /** Where the connection goes, for the sentence when nothing at all is heard. */
    private readonly servers: string,
  ) {
    this.lost.catch(() => {})
  }

  hooks(): ClientHooks {
    return {
      remark: remarks(this.context),
      connected: () => {
        if (this.connected) return
        this.connected = true
        this.timer?.cancel()
        this.timer = undefined
      },
      warn: (sentence, failure) => {
        if (this.connected && failure !== 'advertised') return
        this.trouble = withRemedy({ sentence, failure })
        if (final.has(failure)) this.giveUp(new Error(this.trouble))
        else this.wait()
      },
    }
  }

  /** Waits for an action, and rejects before it does when the brokers cannot be reached. */
  async within<R>(action: () => Promise<R>): Promise<R> {
    this.wait()
    const work = action()
    work.catch(() => {})
    try {
      return await Promise.race([work, this.lost])
    } finally {
      this.timer?.cancel()
    }
  }

  private wait(): void {
    const nothing = withRemedy({ sentence: `No broker at ${this.servers} answered.`, failure: 'refused' })
    this.timer ??= this.context.runtime.clock.timer(REACH_MS, () => this.giveUp(new Error(this.trouble ?? nothing)))
  }
}
