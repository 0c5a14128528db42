import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StandaloneWorker, type StandaloneWorkerOptions } from '../../src/connect/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'

/** A folder of a test's own, with what a worker needs. */
export class Rig {
  readonly dir = mkdtempSync(join(tmpdir(), 'kafka-connect-'))

  constructor(private readonly bootstrap: string) {}

  path(name: string): string {
    return join(this.dir, name)
  }

  read(name: string): string {
    try {
      return readFileSync(this.path(name), 'utf8')
    } catch {
      return ''
    }
  }

  properties(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      'bootstrap.servers': this.bootstrap,
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'offset.storage.file.filename': this.path('offsets'),
      'offset.flush.interval.ms': '50',
      ...extra,
    }
  }

  /** A worker that has started; `modules` are what `plugin.path` is to have. */
  async worker(
    options: Partial<StandaloneWorkerOptions> = {},
    modules: Readonly<Record<string, unknown>> = {},
  ): Promise<StandaloneWorker> {
    const worker = new StandaloneWorker({
      runtime: nodeRuntime,
      properties: this.properties({ 'plugin.path': join(import.meta.dirname, 'plugins'), ...options.properties }),
      load: async () => modules,
      ...(options.log ? { log: options.log } : {}),
    })
    await worker.start()
    return worker
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Waits until something holds. */
export async function until(what: string, holds: () => unknown, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
