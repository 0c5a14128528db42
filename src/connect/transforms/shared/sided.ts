import type { SentenceKey } from '../../config/key-errors.ts'
import type { ConnectorConfig } from '../../connector.ts'
import { Transformation } from '../transformation.ts'
import { Settings } from './settings.ts'
import type { Side } from './sides.ts'

/** A transformation of a record's key or of its value, by its settings. */
export abstract class SidedTransformation extends Transformation {
  constructor(
    protected readonly side: Side,
    private readonly keys: readonly SentenceKey[],
  ) {
    super()
  }

  override config() {
    return this.keys
  }

  override configure(config: ConnectorConfig): void {
    this.use(new Settings(this.keys, config))
  }

  /** Takes the settings over, which are sound. Throws `ConfigError` for what makes no sense together. */
  protected abstract use(settings: Settings): void
}
