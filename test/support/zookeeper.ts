import net from 'node:net'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { zooKeeperConfig } from '../../src/zookeeper/config.ts'
import { ZooKeeperServer } from '../../src/zookeeper/server.ts'

/** A ZooKeeper on a free port of this machine. */
export async function startTestZooKeeper(properties: Record<string, string> = {}) {
  const server = new ZooKeeperServer({
    config: zooKeeperConfig({ clientPort: '0', clientPortAddress: '127.0.0.1', ...properties }),
    runtime: nodeRuntime,
    version: '3.8.4-test',
    environment: { 'host.name': 'here' },
    log: () => {},
  })
  const port = await server.start()
  return { server, port, address: `127.0.0.1:${port}`, close: () => server.close() }
}

/** Sends bytes and gives everything that comes back until the other side closes. */
export function exchange(port: number, bytes: string | Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts)))
  })
}
