import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { programOf } from './programs.ts'

/** Starts a node as a process of its own; resolves when it serves. */
export function startNode(dir: string, port: number, properties: readonly string[] = []): Promise<ChildProcess> {
  const script = programOf(join(import.meta.dirname, 'node-process.ts'))
  const child = spawn(process.execPath, [script, dir, String(port), ...properties], {
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
