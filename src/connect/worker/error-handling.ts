import type { ConnectorConfig } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type Log, sentenceOf } from './environment.ts'

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true'

/** Where a record was when it could not be worked with; names as Apache's headers have them. */
export type Stage =
  | 'TRANSFORMATION'
  | 'KEY_CONVERTER'
  | 'VALUE_CONVERTER'
  | 'HEADER_CONVERTER'
  | 'TASK_PUT'
  | 'KAFKA_PRODUCE'

/** A record that could not be worked with: where that was found out, and by which class. */
export class Failed {
  constructor(
    readonly stage: Stage,
    readonly error: unknown,
    readonly className?: string,
  ) {}
}

/** What a connector says about records that cannot be converted or written: `errors.tolerance` and what goes with it. */
export class ErrorHandling {
  readonly tolerant: boolean
  private readonly logs: boolean
  private readonly logsRecords: boolean

  constructor(
    config: ConnectorConfig,
    private readonly task: string,
    private readonly log: Log,
  ) {
    this.tolerant = config['errors.tolerance']?.toLowerCase() === 'all'
    this.logs = isTrue(config['errors.log.enable'])
    this.logsRecords = isTrue(config['errors.log.include.messages'])
  }

  /** Returns when the record may be left out; else throws. `where` says which record it was. */
  tolerate({ stage, error, className }: Failed, where: string): void {
    if (this.logs) {
      const by = className === undefined ? '' : ` with class '${className}'`
      const record = this.logsRecords ? ` of ${where}` : ''
      this.log(
        'ERROR',
        `Error encountered in task ${this.task}. Executing stage '${stage}'${by}${record}: ${sentenceOf(error)}`,
      )
    }
    if (!this.tolerant) throw new ConnectError('Tolerance exceeded in error handler', { cause: error })
  }
}
