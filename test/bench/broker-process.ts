import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./broker.ts', import.meta.url))

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Seconds of all threads of a process, from the hundredths that Linux counts. */
export function processorTimeOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** A broker in a process of its own, in a folder of its own. */
export class BrokerProcess {
  private child: ChildProcess | undefined
  private said = ''

  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly mode: string,
  ) {}

  /** With `trace`, one that notes what keeps it from its event loop; with a folder of `certificates`, one with TLS at the next port. */
  static async start({ trace = false, certificates = '' } = {}): Promise<BrokerProcess> {
    const dir = mkdtempSync(join(tmpdir(), 'kafka-bench-'))
    const broker = new BrokerProcess(await freePort(), dir, trace ? 'trace' : certificates)
    await broker.run()
    return broker
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Resident memory in bytes, where the system tells (Linux). */
  get memory(): number {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
  }

  /** Processor time in seconds so far, where the system tells (Linux). */
  get processorTime(): number {
    return processorTimeOf(this.child?.pid)
  }

  /** Starts the process again after `end`. */
  async run(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', program, this.dir, String(this.port), this.mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child = child
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        this.said += text
        resolve()
      })
      child.once('exit', (code) => reject(new Error(`the broker ended with ${code}`)))
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal)
  }

  /** Stops it, and gives what a traced one has noted. */
  async report(): Promise<unknown> {
    await this.end('SIGTERM')
    return JSON.parse(this.said.trim().split('\n').at(-1) ?? '')
  }

  /** Ends the process: SIGTERM stops cleanly. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this
    if (!child) return
    this.child = undefined
    child.removeAllListeners('exit')
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
  }
}
