import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { programOf } from '../support/programs.ts'

/** A process of an application that runs until it is killed. */
export interface RunningProcess {
  /** Resolves when it processes records. */
  readonly running: Promise<void>
  kill(): Promise<void>
}

/** Processes of a test. */
export class Processes {
  private readonly children: ChildProcess[] = []

  /** Starts a program, which prints something when it runs. */
  start(program: URL, ...args: string[]): RunningProcess {
    const command = [programOf(fileURLToPath(program)), ...args]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.children.push(child)
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
    return {
      running: new Promise((resolve) => child.stdout?.on('data', () => resolve())),
      kill: () => {
        child.kill('SIGKILL')
        return ended
      },
    }
  }

  killAll(): void {
    for (const child of this.children) child.kill('SIGKILL')
  }
}
