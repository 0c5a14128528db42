import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { HttpServe } from '../http.ts'

/** Loaded by those who serve HTTP only. */
export const nodeHttpServe: HttpServe = (host, port, handler) => {
  const server = createServer(getRequestListener(handler, { overrideGlobalObjects: false }))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host === '' ? undefined : host, () => {
      server.off('error', reject)
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          const closed = new Promise<void>((done) => server.close(() => done()))
          server.closeAllConnections()
          return closed
        },
      })
    })
  })
}
