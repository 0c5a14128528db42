/** What the answers need to know besides the worker. */
export interface RestPlace {
  /** `host:port` under which others know this worker. */
  workerId: string
}
