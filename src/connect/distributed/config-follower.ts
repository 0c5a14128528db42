import { sentenceOf } from '../worker/environment.ts'
import { ConfigState } from './config-state.ts'
import type { CrewPlace } from './crew-place.ts'

/** Attempts to catch up with the config topic before a worker gives up its work. */
const ATTEMPTS = 5

/** The configs by which a worker works: those of the moment when it last looked, so that what changes meanwhile is noticed. */
export class ConfigFollower {
  state = new ConfigState()
  /** Whether the end of the topic was reached when that was last tried. */
  isReadable = true
  private attempts = ATTEMPTS

  constructor(
    private readonly place: CrewPlace,
    private readonly stopping: AbortSignal,
  ) {}

  look(): void {
    this.state = this.place.configs.snapshot()
  }

  /** The topic has to be read to its end before anything else. */
  doubt(): void {
    this.isReadable = false
  }

  /** Reads the config topic to its end. Whether that was done in time. */
  async refresh(): Promise<boolean> {
    const { configs, config, log } = this.place
    try {
      await configs.refresh(config['worker.sync.timeout.ms'])
      this.look()
      return true
    } catch (error) {
      log('WARN', `Didn't reach end of config log quickly enough: ${sentenceOf(error)}`)
      return false
    }
  }

  /** Who cannot read the configs leaves the group, not to be in its way, and after some attempts lays down its work. Whether they were read. */
  async catchUp(layDown: () => Promise<void>): Promise<boolean> {
    const { member, config, runtime, log } = this.place
    if (await this.refresh()) {
      this.isReadable = true
      this.attempts = ATTEMPTS
      return true
    }
    await member.leave('taking too long to read the log')
    if (this.attempts > 0) {
      const ms = config['scheduled.rebalance.max.delay.ms'] / 10 / this.attempts--
      await runtime.clock.sleep(Math.max(ms, config['worker.sync.timeout.ms'] / 10), this.stopping).catch(() => {})
      return false
    }
    log('WARN', `After ${ATTEMPTS} attempts the config topic could not be read: connectors and tasks stop here.`)
    this.attempts = ATTEMPTS
    await layDown()
    return false
  }
}
