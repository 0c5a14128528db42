import { connectWorker } from './connect-worker.ts'

/** Apache's connect-standalone. */
export const main = connectWorker(
  'connect-standalone',
  'ConnectStandalone worker.properties [connector1.properties connector2.json ...]',
  async () => (await import('../serve-connect.ts')).serveConnect,
)
