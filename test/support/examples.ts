import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { isBuilt, program } from './built-commands.ts'

/** The examples in the help of the native commands, and a place to run them as users type them. */

interface ManifestCommand {
  readonly summary?: string
  readonly examples?: readonly string[]
}
const manifest = isBuilt()
  ? readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')
  : '{"commands":{}}'
export const commands: Readonly<Record<string, ManifestCommand>> = JSON.parse(manifest).commands

/** Each example, with the id of its command, such as `topics:create`. */
export const examples = Object.entries(commands).flatMap(([id, command]) =>
  (command.examples ?? []).map((example) => [example.replaceAll('<%= config.bin %>', 'kafka'), id] as const),
)

/** The lines of one command, or of all of a topic of commands. */
export const examplesOf = (name: string): string[] =>
  examples.filter(([, id]) => id === name || id.startsWith(`${name}:`)).map(([line]) => line)

/** A folder in which `kafka` is the built program, with profiles and caches of its own. */
export class Home {
  readonly dir = mkdtempSync(join(tmpdir(), 'kafka-examples-'))

  constructor() {
    this.write('bin/kafka', `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, 0o755)
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  write(name: string, text: string, mode = 0o644): void {
    mkdirSync(join(this.dir, name, '..'), { recursive: true })
    writeFileSync(this.path(name), text, { mode })
  }

  /** What a shell needs to run a line with `localhost:9092` being `bootstrap`. */
  env(bootstrap: string) {
    return {
      PATH: `${this.path('bin')}:${process.env['PATH']}`,
      KAFKA_BOOTSTRAP_SERVERS: bootstrap,
      XDG_CONFIG_HOME: this.dir,
      XDG_CACHE_HOME: this.dir,
    }
  }

  start(line: string, bootstrap: string) {
    return execa(line.replaceAll('localhost:9092', bootstrap), {
      ...{ shell: '/bin/sh', cwd: this.dir, reject: false, stdin: 'ignore', timeout: 15_000 },
      env: this.env(bootstrap),
    })
  }

  /** Runs a line that must do what it says, without a complaint. */
  async succeeds(line: string, bootstrap: string): Promise<void> {
    const { exitCode, stderr } = await this.start(line, bootstrap)
    expect({ line, exitCode, stderr }).toEqual({ line, exitCode: 0, stderr: '' })
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
