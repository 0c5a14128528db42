import { type ChildProcess, spawn } from 'node:child_process'
import net from 'node:net'
import { join } from 'node:path'

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Starts a node as a process of its own; resolves when it serves. */
export function startNode(dir: string, port: number, properties: readonly string[] = []): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'node-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir, String(port), ...properties], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child))
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
}

/** `kill -9`; resolves when the process is gone. */
export function killNode(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit')
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
