import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A command that goes on while others are typed. */
export interface Running {
  /** Standard output and error so far. */
  readonly text: string
  /** Waits until the output matches; fails when the command ends before, or after 20 seconds. */
  shows(pattern: RegExp): Promise<void>
  /** Ends it by a signal and gives its exit code, which is that of the signal for a process that handles none. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Types lines into bash, in the project's root, as a user does. */
export class Shell {
  private readonly running = new Set<ChildProcess>()

  constructor(private readonly env: Readonly<Record<string, string>> = {}) {}

  private spawn(line: string): ChildProcess {
    const env = { ...process.env, NO_COLOR: '1', ...this.env }
    return spawn('bash', ['-c', line], { cwd: projectRoot, env })
  }

  /** Runs a line to its end. */
  type(line: string, input = ''): Promise<{ code: number | null; out: string; err: string }> {
    const child = this.spawn(line)
    let out = ''
    let err = ''
    child.stdout?.on('data', (part) => (out += part))
    child.stderr?.on('data', (part) => (err += part))
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
  }

  /** Starts a line that does not end by itself. */
  start(line: string): Running {
    const child = this.spawn(`exec ${line}`)
    this.running.add(child)
    let text = ''
    const ended = new Promise<number | null>((resolve) =>
      child.on('close', (code) => {
        this.running.delete(child)
        resolve(code)
      }),
    )
    const shows = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${line} ${why}:\n${text}`))
        const timer = setTimeout(() => fail(`did not show ${pattern}`), 20_000)
        const look = () => {
          if (!pattern.test(text)) return
          clearTimeout(timer)
          resolve()
        }
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
        void ended.then(() => fail('has ended'))
        look()
      })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (text += part))
    return {
      get text() {
        return text
      },
      shows,
      stop: (signal) => {
        child.kill(signal)
        return ended
      },
    }
  }

  /** Ends what was started and still runs. */
  close(): void {
    for (const child of this.running) child.kill('SIGKILL')
  }
}
