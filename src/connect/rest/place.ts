import type { Log } from '../worker/environment.ts'

/** What the answers need to know besides the worker. */
export interface RestPlace {
  /** `host:port` under which others know this worker. */
  workerId: string
  /** The commit of the build, for `/`. */
  readonly commit: string
  readonly log: Log
}
