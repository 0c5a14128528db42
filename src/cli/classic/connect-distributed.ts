import { connectWorker } from './connect-worker.ts'

/** Apache's connect-distributed: connectors come by REST, so that further words are passed over, as Apache's does. */
export const main = connectWorker('connect-distributed', 'ConnectDistributed worker.properties', async () => {
  const { serveDistributed } = await import('../serve-distributed.ts')
  return (properties, _, context) => serveDistributed(properties, context)
})
